/**
 * Where a track leaves the paths. The hidden state "off the network" says between which steps; the
 * last fixes before it and the first after it already lie on the way off, nearer to the path than
 * noise allows to tell, so the ends are moved to where the distance from the path began to grow.
 */
import { METRES_PER_UNIT } from "../lonlat.ts";
import { type CandidateIndex, cosine } from "./candidate.ts";
import type { Chosen } from "./chosen.ts";
import { silenceOf } from "./gap.ts";
import { LINK, OFF } from "./lattice.ts";
import type { OffNetworkPiece } from "./match.ts";
import type { Rows } from "./thin.ts";

/** Metres per step by which the distance must grow to count as leaving: a fifth of a dense step. */
const GROWTH_M = 2;
/** Metres beyond the outermost road that are still the map. */
const MARGIN_M = 50;

/** Marks steps as off the network that lead away from the path or back to it. */
export function widenOffNetwork(
  chosen: Chosen,
  sigmaM: number,
  minStepM: number,
  widenM: number,
): void {
  const { arc, distanceM, link, count } = chosen;
  const most = Math.round(widenM / minStepM);
  for (let s = 0; s + 1 < count; s++) {
    // Leaving: step s is on, s + 1 is off. The step before must stay on the network.
    if (arc[s]! < 0 || arc[s + 1] !== OFF) continue;
    let t = s;
    while (
      t > 0 &&
      s - t < most &&
      isLeading(arc, distanceM, t, t - 1, sigmaM) &&
      isJoined(link, t)
    ) {
      arc[t--] = OFF;
    }
  }
  for (let s = count - 1; s > 0; s--) {
    if (arc[s]! < 0 || arc[s - 1] !== OFF) continue;
    let t = s;
    while (
      t + 1 < count &&
      t - s < most &&
      isLeading(arc, distanceM, t, t + 1, sigmaM) &&
      isJoined(link, t + 1)
    ) {
      arc[t++] = OFF;
    }
  }
}

/** Whether step t is further from the path than its neighbour on it, by more than noise. */
function isLeading(
  arc: Int32Array,
  distanceM: Float32Array,
  t: number,
  neighbour: number,
  sigmaM: number,
): boolean {
  return (
    arc[neighbour]! >= 0 &&
    distanceM[t]! > sigmaM &&
    distanceM[t]! - distanceM[neighbour]! > GROWTH_M
  );
}

function isJoined(link: Int32Array, step: number): boolean {
  return link[step] === LINK.ALONG || link[step] === LINK.ROW;
}

/** The piece for rows `first` … `last` of the track's positions; it reaches to the rows around. */
export function offNetworkPiece(
  rows: Rows,
  index: CandidateIndex,
  first: number,
  last: number,
  silenceS: number,
): OffNetworkPiece {
  const { x, y, timeMs, row } = rows;
  const usualS = (rows.timeMs[rows.count - 1]! - rows.timeMs[0]!) / 1000 / Math.max(1, rows.count);
  const silence = silenceOf(usualS, silenceS);
  const metresPerX = METRES_PER_UNIT * cosine(y[first]! + index.originLat);
  let length = 0;
  let silentM = 0;
  const from = Math.max(0, first - 1);
  const to = Math.min(rows.count - 1, last + 1);
  for (let i = from + 1; i <= to; i++) {
    const dx = (x[i]! - x[i - 1]!) * metresPerX;
    const dy = (y[i]! - y[i - 1]!) * METRES_PER_UNIT;
    const d = Math.sqrt(dx * dx + dy * dy);
    length += d;
    if (timeMs[i]! - timeMs[i - 1]! > 1000 * silence) silentM += d;
  }
  const marginX = MARGIN_M / metresPerX;
  const marginY = MARGIN_M / METRES_PER_UNIT;
  let outside = 0;
  for (let i = first; i <= last; i++) {
    if (
      x[i]! < index.minX - marginX ||
      x[i]! > index.maxX + marginX ||
      y[i]! < index.minY - marginY ||
      y[i]! > index.maxY + marginY
    ) {
      outside++;
    }
  }
  let reason: OffNetworkPiece["reason"] = "left";
  if (2 * outside > last - first + 1) reason = "outside";
  else if (2 * silentM > length) reason = "gap";
  return {
    kind: "off-network",
    firstPoint: row[first]!,
    lastPoint: row[last]!,
    lengthM: length,
    reason,
  };
}
