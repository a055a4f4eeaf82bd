/**
 * Who sees whom inside a polygon with holes, on a flat in metres: two points do when the line between
 * them crosses no wall and runs inside. Shortest ways bend only at corners that stick into the open
 * (Lee 1978; de Berg et al., Computational Geometry, ch. 15). O(corners² · walls).
 */

/** Closed rings as x, y, x, y …, first = last; holes by the even-odd rule. */
export type FlatRing = Float64Array;

/** Walls as x1, y1, x2, y2 …; further walls than the rings may be given. */
export function wallsOf(rings: readonly FlatRing[]): Float64Array {
  const walls: number[] = [];
  for (const ring of rings) {
    for (let i = 2; i < ring.length; i += 2) {
      walls.push(ring[i - 2]!, ring[i - 1]!, ring[i]!, ring[i + 1]!);
    }
  }
  return Float64Array.from(walls);
}

/** Even-odd rule; a point on an edge may fall on either side. */
export function isInRings(x: number, y: number, rings: readonly FlatRing[]): boolean {
  let isIn = false;
  for (const ring of rings) {
    for (let i = 2; i < ring.length; i += 2) {
      const ay = ring[i - 1]!;
      const by = ring[i + 1]!;
      if (ay > y === by > y) continue;
      const ax = ring[i - 2]!;
      if (x < ((ring[i]! - ax) * (y - ay)) / (by - ay) + ax) isIn = !isIn;
    }
  }
  return isIn;
}

/** Touching a wall with an end is no crossing: entries lie on walls. */
export function isVisible(
  ax: number,
  ay: number,
  bx: number,
  by: number,
  rings: readonly FlatRing[],
  walls: Float64Array,
): boolean {
  const minX = Math.min(ax, bx);
  const maxX = Math.max(ax, bx);
  const minY = Math.min(ay, by);
  const maxY = Math.max(ay, by);
  for (let i = 0; i < walls.length; i += 4) {
    const cx = walls[i]!;
    const cy = walls[i + 1]!;
    const dx = walls[i + 2]!;
    const dy = walls[i + 3]!;
    if (Math.max(cx, dx) < minX || Math.min(cx, dx) > maxX) continue;
    if (Math.max(cy, dy) < minY || Math.min(cy, dy) > maxY) continue;
    const c = side(ax, ay, bx, by, cx, cy);
    const d = side(ax, ay, bx, by, dx, dy);
    const a = side(cx, cy, dx, dy, ax, ay);
    const b = side(cx, cy, dx, dy, bx, by);
    if (c * d < 0 && a * b < 0) return false;
  }
  // A line that only touches corners may still run outside; one along a wall does not.
  for (const t of [0.1, 0.3, 0.5, 0.7, 0.9]) {
    const x = ax + t * (bx - ax);
    const y = ay + t * (by - ay);
    if (!isInRings(x, y, rings) && !isOnRings(x, y, rings)) return false;
  }
  return true;
}

const TOUCH_M = 0.01;

/** Within a centimetre of a ring. */
function isOnRings(x: number, y: number, rings: readonly FlatRing[]): boolean {
  return rings.some((ring) => {
    for (let i = 2; i < ring.length; i += 2) {
      const dx = ring[i]! - ring[i - 2]!;
      const dy = ring[i + 1]! - ring[i - 1]!;
      const px = x - ring[i - 2]!;
      const py = y - ring[i - 1]!;
      const square = dx * dx + dy * dy;
      const t = square === 0 ? 0 : Math.max(0, Math.min(1, (px * dx + py * dy) / square));
      if (Math.hypot(px - t * dx, py - t * dy) <= TOUCH_M) return true;
    }
    return false;
  });
}

/** Which side of a→b the point is on: −1, 1, or 0 within a centimetre of the line. */
function side(ax: number, ay: number, bx: number, by: number, px: number, py: number): number {
  const cross = (bx - ax) * (py - ay) - (by - ay) * (px - ax);
  const slack = TOUCH_M * Math.hypot(bx - ax, by - ay);
  return cross > slack ? 1 : cross < -slack ? -1 : 0;
}

/** Corners that stick into the open, as x, y pairs: reflex ones of outer rings, all convex ones of holes. */
export function bendsOf(rings: readonly FlatRing[], most: number): number[] {
  const bends: number[] = [];
  for (const [r, ring] of rings.entries()) {
    const others = rings.filter((_, i) => i !== r);
    const isHole = isInRings(ring[0]!, ring[1]!, others);
    const turning = Math.sign(signedArea(ring)) * (isHole ? -1 : 1);
    const count = ring.length / 2 - 1;
    for (let i = 0; i < count; i++) {
      const before = 2 * ((i + count - 1) % count);
      const after = 2 * (i + 1);
      const turn = side(
        ring[before]!,
        ring[before + 1]!,
        ring[2 * i]!,
        ring[2 * i + 1]!,
        ring[after]!,
        ring[after + 1]!,
      );
      if (turn * turning < 0 && bends.length < 2 * most) bends.push(ring[2 * i]!, ring[2 * i + 1]!);
    }
  }
  return bends;
}

function signedArea(ring: FlatRing): number {
  let twice = 0;
  for (let i = 2; i < ring.length; i += 2) {
    twice += ring[i - 2]! * ring[i + 1]! - ring[i]! * ring[i - 1]!;
  }
  return twice / 2;
}
