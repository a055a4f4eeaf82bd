import { describe, expect, test } from "vitest";
import { createRng, normal } from "../../base/index.ts";
import { matrixOfColumns } from "../../learn/index.ts";
import { distributionsOf, driftOf } from "./distribution.ts";

const NAMES = ["level", "plan"];

/** A number and a code of three, both as drawn. */
function drawn(rows: number, seed: number, change: { shift?: number; missing?: number } = {}) {
  const rng = createRng(seed);
  const level = Float64Array.from({ length: rows }, () =>
    rng() < (change.missing ?? 0) ? Number.NaN : normal(rng) + (change.shift ?? 0),
  );
  const plan = Float64Array.from({ length: rows }, () => Math.floor(3 * rng()));
  return matrixOfColumns({ level, plan });
}

describe("distributions of features", () => {
  test("count few values by value and many in equal shares", () => {
    const [level, plan] = distributionsOf(drawn(1000, 1), NAMES);
    expect(plan!.values).toEqual([0, 1, 2]);
    expect(plan!.counts.reduce((a, b) => a + b)).toBe(1000);
    expect(level!.values).toBeNull();
    for (const count of level!.counts.slice(1, -1)) {
      expect(Math.abs(count - 100)).toBeLessThanOrEqual(12);
    }
  });

  test("of the same members show no drift, though samples differ", () => {
    const then = distributionsOf(drawn(4000, 1), NAMES);
    let alarms = 0;
    for (let seed = 2; seed < 102; seed++) {
      alarms += driftOf(then, 4000, drawn(300, seed)).filter((one) => one.hasDrifted).length;
    }
    expect(alarms).toBeLessThanOrEqual(2);
  });

  test("that moved are said to have, and nothing else is", () => {
    const then = distributionsOf(drawn(4000, 1), NAMES);
    const found = driftOf(then, 4000, drawn(500, 7, { shift: 0.8 }));
    expect(found.map(({ hasDrifted }) => hasDrifted)).toEqual([true, false]);
    expect(found[0]!.psi).toBeGreaterThan(0.3);
    const lost = driftOf(then, 4000, drawn(500, 7, { missing: 0.4 }));
    expect(lost[0]).toMatchObject({ hasDrifted: true, missingThen: 0 });
    expect(lost[0]!.missingNow).toBeCloseTo(0.4, 1);
  });

  test("many rows of few members are no surer than these members", () => {
    const then = distributionsOf(drawn(4000, 1), NAMES);
    const shifted = drawn(200, 9, { shift: 0.35 });
    const [many] = driftOf(then, 4000, shifted);
    const [few] = driftOf(then, 60, shifted);
    expect(few!.chance).toBeGreaterThan(2 * many!.chance);
  });

  test("a code that was never seen counts; an empty day says nothing", () => {
    const then = distributionsOf(matrixOfColumns({ plan: Float64Array.of(0, 1, 0, 1) }), ["plan"]);
    const found = driftOf(then, 400, matrixOfColumns({ plan: new Float64Array(300).fill(7) }));
    expect(found[0]!.psi).toBeGreaterThan(1);
    expect(driftOf(then, 4, { rows: 0, columns: 1, values: new Float64Array() })).toEqual([]);
  });
});
