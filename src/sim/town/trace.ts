/**
 * Roads and trails that find their own way over the hills (Galin et al., "Procedural Generation of
 * Roads", Eurographics 2010): shortest paths on a grid of 24 directions whose cost grows with the
 * grade, so climbs turn into hairpins, and falls where a road already runs, so routes join into trees.
 */
import type { Box } from "../plane.ts";
import type { Point, Terrain } from "./terrain.ts";

const STEP_M = 40;
/** Knight's moves and the longer ones of Galin's mask give straight lines at more angles. */
const MOVES: (readonly [number, number])[] = [];
for (const [a, b] of [
  [1, 0],
  [1, 1],
  [2, 1],
  [3, 1],
] as const) {
  for (const [x, y] of a === b
    ? [[a, b]]
    : [
        [a, b],
        [b, a],
      ]) {
    for (const sx of x === 0 ? [1] : [1, -1])
      for (const sy of y === 0 ? [1] : [1, -1]) MOVES.push([x! * sx, y! * sy]);
  }
}
const MOVE_X: Int8Array = Int8Array.from(MOVES, ([x]) => x);
const MOVE_Y: Int8Array = Int8Array.from(MOVES, ([, y]) => y);
const MOVE_M: Float64Array = Float64Array.from(MOVES, ([x, y]) => Math.hypot(x, y) * STEP_M);

export interface TraceStyle {
  /** Grade that costs twice the flat, as a fraction. */
  readonly gradeLimit: number;
  /** Cost factor where a traced way already runs; < 1 joins, > 1 keeps away. */
  readonly reuse: number;
  /** Extra cost factor of a place, ≥ 0; Infinity is closed. */
  cost(x: number, y: number): number;
}

/** Grid paths that share cells: later traces see earlier ones. */
export class Tracer {
  readonly #terrain: Terrain;
  readonly #columns: number;
  readonly #rows: number;
  readonly #west: number;
  readonly #south: number;
  readonly #height: Float32Array;
  readonly #isUsed: Uint8Array;
  readonly #cost: Float64Array;
  readonly #parent: Int32Array;
  readonly #stamp: Uint32Array;
  readonly #closed: Uint32Array;
  /** 1 where a long move could jump over water. */
  readonly #isNearWater: Uint8Array;
  readonly #pins = new Map<number, Point>();
  /** Cost of every cell per cost function, computed once. */
  readonly #placeCosts = new Map<TraceStyle["cost"], Float32Array>();
  #round = 0;
  /** Bridges: cells joined over the river. */
  readonly #links = new Map<number, number[]>();
  /** Undirected grid edges in use: key → class of the best way on it. */
  readonly edges = new Map<number, number>();

  constructor(terrain: Terrain, box: Box) {
    this.#terrain = terrain;
    this.#west = box.west;
    this.#south = box.south;
    this.#columns = Math.floor((box.east - box.west) / STEP_M) + 1;
    this.#rows = Math.floor((box.north - box.south) / STEP_M) + 1;
    const n = this.#columns * this.#rows;
    this.#height = new Float32Array(n);
    this.#isUsed = new Uint8Array(n);
    this.#cost = new Float64Array(n);
    this.#parent = new Int32Array(n);
    this.#stamp = new Uint32Array(n);
    this.#closed = new Uint32Array(n);
    this.#isNearWater = new Uint8Array(n);
    for (let c = 0; c < n; c++) {
      const p = this.pointOf(c);
      this.#height[c] = terrain.heightAt(p.x, p.y);
      const isNear = terrain.lake(p.x, p.y) > -0.25 || Math.abs(p.y - terrain.riverY(p.x)) < 260;
      if (isNear) this.#isNearWater[c] = 1;
    }
  }

  pointOf(cell: number): Point {
    const i = cell % this.#columns;
    return { x: this.#west + i * STEP_M, y: this.#south + ((cell - i) / this.#columns) * STEP_M };
  }

  cellAt(x: number, y: number): number {
    const i = Math.max(0, Math.min(this.#columns - 1, Math.round((x - this.#west) / STEP_M)));
    const j = Math.max(0, Math.min(this.#rows - 1, Math.round((y - this.#south) / STEP_M)));
    return j * this.#columns + i;
  }

  /** Makes chains that end in this place's cell end exactly here. */
  pin(p: Point): void {
    this.#pins.set(this.cellAt(p.x, p.y), p);
  }

  /** Declares a bridge between two cells on both banks. */
  link(a: Point, b: Point): void {
    const from = this.cellAt(a.x, a.y);
    const to = this.cellAt(b.x, b.y);
    this.#links.set(from, [...(this.#links.get(from) ?? []), to]);
    this.#links.set(to, [...(this.#links.get(to) ?? []), from]);
  }

  /**
   * Cheapest way between two places, stored in `edges` under `kind` where no lower kind holds the
   * edge already. @returns the cells, empty when there is no way
   */
  trace(from: Point, to: Point, style: TraceStyle, kind: number): number[] {
    const placeCost = this.#placeCostOf(style);
    const source = this.cellAt(from.x, from.y);
    const goal = this.cellAt(to.x, to.y);
    const goalX = goal % this.#columns;
    const goalY = (goal - goalX) / this.#columns;
    const round = ++this.#round;
    const heapKey: number[] = [];
    const heapCell: number[] = [];
    const push = (key: number, cell: number): void => {
      let i = heapKey.length;
      heapKey.push(key);
      heapCell.push(cell);
      while (i > 0) {
        const up = (i - 1) >> 1;
        if (heapKey[up]! <= key) break;
        heapKey[i] = heapKey[up]!;
        heapCell[i] = heapCell[up]!;
        i = up;
      }
      heapKey[i] = key;
      heapCell[i] = cell;
    };
    const pop = (): number => {
      const top = heapCell[0]!;
      const key = heapKey.pop()!;
      const cell = heapCell.pop()!;
      const n = heapKey.length;
      if (n === 0) return top;
      let i = 0;
      for (;;) {
        let down = 2 * i + 1;
        if (down >= n) break;
        if (down + 1 < n && heapKey[down + 1]! < heapKey[down]!) down++;
        if (heapKey[down]! >= key) break;
        heapKey[i] = heapKey[down]!;
        heapCell[i] = heapCell[down]!;
        i = down;
      }
      heapKey[i] = key;
      heapCell[i] = cell;
      return top;
    };
    // More than the cheapest step: a search that is nearly right and three times as fast.
    const floor = STEP_M * 0.75;
    const visit = (cell: number, cost: number, parent: number): void => {
      if (this.#stamp[cell] === round && this.#cost[cell]! <= cost) return;
      this.#stamp[cell] = round;
      this.#cost[cell] = cost;
      this.#parent[cell] = parent;
      const i = cell % this.#columns;
      const j = (cell - i) / this.#columns;
      push(cost + floor * Math.hypot(i - goalX, j - goalY), cell);
    };
    const closed = this.#closed;
    visit(source, 0, -1);
    while (heapKey.length > 0) {
      const cell = pop();
      if (closed[cell] === round) continue;
      closed[cell] = round;
      if (cell === goal) break;
      const i = cell % this.#columns;
      const j = (cell - i) / this.#columns;
      const cost = this.#cost[cell]!;
      for (const other of this.#links.get(cell) ?? []) {
        const p = this.pointOf(cell);
        const q = this.pointOf(other);
        visit(other, cost + Math.hypot(p.x - q.x, p.y - q.y) * 1.2, cell);
      }
      for (let m = 0; m < MOVE_X.length; m++) {
        const x = i + MOVE_X[m]!;
        const y = j + MOVE_Y[m]!;
        if (x < 0 || y < 0 || x >= this.#columns || y >= this.#rows) continue;
        const other = y * this.#columns + x;
        if (closed[other] === round) continue;
        const place = placeCost[other]!;
        if (place === Infinity) continue;
        const length = MOVE_M[m]!;
        if (this.#isNearWater[cell] && this.#crossesWater(cell, other)) continue;
        const grade = (this.#height[other]! - this.#height[cell]!) / length / style.gradeLimit;
        let step = length * (1 + grade * grade) * place;
        if (this.#isUsed[cell] && this.#isUsed[other]) {
          if (this.edges.has(this.#edgeKey(cell, other))) step *= style.reuse;
          else if (style.reuse > 1) step *= style.reuse;
          else step *= 1.6;
        }
        const sum = cost + step;
        if (this.#stamp[other] === round && this.#cost[other]! <= sum) continue;
        visit(other, sum, cell);
      }
    }
    if (this.#stamp[goal] !== round) return [];
    const cells: number[] = [];
    for (let c = goal; c >= 0; c = this.#parent[c]!) cells.push(c);
    cells.reverse();
    for (let k = 1; k < cells.length; k++) {
      const key = this.#edgeKey(cells[k - 1]!, cells[k]!);
      this.edges.set(key, Math.min(kind, this.edges.get(key) ?? kind));
    }
    for (const cell of cells) this.#isUsed[cell] = 1;
    return cells;
  }

  /** The traced union as chains between junctions and changes of kind. */
  chains(): { points: Point[]; kind: number }[] {
    const around = new Map<number, { other: number; kind: number }[]>();
    const put = (a: number, b: number, kind: number): void => {
      const list = around.get(a);
      if (list) list.push({ other: b, kind });
      else around.set(a, [{ other: b, kind }]);
    };
    const n = this.#height.length;
    for (const [key, kind] of this.edges) {
      const a = Math.floor(key / n);
      const b = key % n;
      put(a, b, kind);
      put(b, a, kind);
    }
    const isEnd = (cell: number): boolean => {
      const list = around.get(cell)!;
      return list.length !== 2 || list[0]!.kind !== list[1]!.kind;
    };
    const done = new Set<number>();
    const out: { points: Point[]; kind: number }[] = [];
    for (const [cell, list] of around) {
      if (!isEnd(cell)) continue;
      for (const { other, kind } of list) {
        if (done.has(this.#edgeKey(cell, other))) continue;
        const cells = [cell, other];
        done.add(this.#edgeKey(cell, other));
        let at = other;
        let from = cell;
        while (!isEnd(at)) {
          const pair = around.get(at)!;
          const step = pair[0]!.other === from ? pair[1]! : pair[0]!;
          done.add(this.#edgeKey(at, step.other));
          from = at;
          at = step.other;
          cells.push(at);
        }
        out.push({ points: cells.map((c) => this.#pins.get(c) ?? this.pointOf(c)), kind });
      }
    }
    return out;
  }

  #placeCostOf(style: TraceStyle): Float32Array {
    let costs = this.#placeCosts.get(style.cost);
    if (!costs) {
      costs = new Float32Array(this.#height.length);
      for (let c = 0; c < costs.length; c++) {
        const p = this.pointOf(c);
        costs[c] = this.#terrain.isWater(p.x, p.y) ? Infinity : 1 + style.cost(p.x, p.y);
      }
      this.#placeCosts.set(style.cost, costs);
    }
    return costs;
  }

  #crossesWater(a: number, b: number): boolean {
    const p = this.pointOf(a);
    const q = this.pointOf(b);
    for (const t of [0.25, 0.5, 0.75]) {
      if (this.#terrain.isWater(p.x + t * (q.x - p.x), p.y + t * (q.y - p.y))) return true;
    }
    return false;
  }

  #edgeKey(a: number, b: number): number {
    return a < b ? a * this.#height.length + b : b * this.#height.length + a;
  }
}
