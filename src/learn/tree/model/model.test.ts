import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GOLDEN_CASES, goldenOptions, goldenRows } from "../golden/case.fixture.ts";
import {
  flatten,
  packTrees,
  readModelText,
  TreePredictor,
  trainTrees,
  unpackTrees,
  writeModelText,
} from "../index.ts";
import { format6, format17 } from "./format-number.ts";

const trained = ["categorical", "multiclass", "binary", "zero-missing"].map((name) => {
  const golden = GOLDEN_CASES.find((candidate) => candidate.name === name)!;
  const rows = goldenRows(golden);
  return { name, x: rows.x, model: trainTrees(rows, goldenOptions(golden)).model };
});

describe("numbers as C prints them", () => {
  it("are those of printf", () => {
    expect([0.1, 1e-5, 123456789, 1e17, 0.5, -2.25, 100].map(format17)).toEqual([
      "0.10000000000000001",
      "1.0000000000000001e-05",
      "123456789",
      "1e+17",
      "0.5",
      "-2.25",
      "100",
    ]);
    expect([0.1, 1234567, 0.00001234, 100000, 1e300, Infinity].map(format6)).toEqual([
      "0.1",
      "1.23457e+06",
      "1.234e-05",
      "100000",
      "1e+300",
      "inf",
    ]);
  });

  it("round a tie to even", () => {
    expect(format17(58933 / 2 ** 18)).toBe("0.22481155395507812");
    expect([1000.125, 1000.375].map((value) => format6(value))).toEqual(["1000.12", "1000.38"]);
  });

  it("come back as they were", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Object.is(Number(format17(value)), value)).toBe(true);
        const off = Math.abs(Number(format6(value)) - value);
        expect(off).toBeLessThanOrEqual(5.000001e-6 * Math.abs(value) + Number.MIN_VALUE);
      }),
    );
  });
});

describe.each(trained)("the $name model", ({ model, x }) => {
  it("comes back from its text as it was, but for what is written short", () => {
    const text = writeModelText(model);
    const read = readModelText(text);
    expect(writeModelText(read)).toBe(text);
    const ours = new TreePredictor(model).predict(x);
    expect(new TreePredictor(read).predict(x)).toEqual(ours);
  });

  it("comes back from its bytes, aligned or not", () => {
    const flat = flatten(model);
    const bytes = packTrees(flat);
    expect(unpackTrees(bytes)).toEqual(flat);
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    const predictor = new TreePredictor(unpackTrees(shifted.subarray(3)));
    expect(predictor.predict(x)).toEqual(new TreePredictor(model).predict(x));
  });

  it("predicts one row as it predicts many", () => {
    const predictor = new TreePredictor(model);
    const many = predictor.predict(x);
    const out = new Float64Array(predictor.classes);
    for (let i = 0; i < 50; i++) {
      predictor.predictRow(x.values.subarray(i * x.columns, (i + 1) * x.columns), out);
      expect([...out]).toEqual([...many.subarray(i * out.length, (i + 1) * out.length)]);
    }
  });

  it("is refused when damaged, or predicts in finite time", () => {
    const text = writeModelText(model);
    const anyDamage = fc.tuple(
      fc.nat(text.length - 1),
      fc.constantFrom("", "0", "-1", "9", " ", "=", "\n", "x"),
    );
    fc.assert(
      fc.property(anyDamage, fc.nat(40), ([at, put], cut) => {
        const damaged = text.slice(0, at) + put + text.slice(at + cut);
        try {
          new TreePredictor(readModelText(damaged)).predict({
            ...x,
            rows: 1,
            values: x.values.slice(0, x.columns),
          });
        } catch (error) {
          expect(error).toMatchObject({ code: "TABLE_INVALID" });
        }
      }),
      { numRuns: 200 },
    );
  });

  it("is refused as damaged bytes, or predicts in finite time", () => {
    const bytes = packTrees(flatten(model));
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, value) => {
        const damaged = bytes.slice();
        damaged[at] = value;
        try {
          const predictor = new TreePredictor(unpackTrees(damaged));
          predictor.predict({ rows: 1, columns: x.columns, values: x.values.slice(0, x.columns) });
        } catch (error) {
          expect(error).toMatchObject({ code: "TABLE_INVALID" });
        }
      }),
      { numRuns: 200 },
    );
    for (const length of [0, 10, 36, 60, bytes.length - 8]) {
      expect(() => unpackTrees(bytes.slice(0, length))).toThrow("not packed trees");
    }
  });
});

describe.each(trained)("written trees of $name", ({ x, model }) => {
  const names = Array.from({ length: x.columns }, (_, j) => `column ${j}`);
  const predictor = new TreePredictor(model, names);
  const text = JSON.stringify(predictor);

  it("come back with their names, and predict the same bits", () => {
    const back = TreePredictor.fromJson(JSON.parse(text));
    const named = { ...x, names };
    expect(back.predict(named)).toEqual(predictor.predict(named));
    expect(JSON.stringify(back)).toBe(text);
  });

  it("are refused when damaged", () => {
    const json = JSON.parse(text);
    const refused = (change: object, message: string) =>
      expect(() => TreePredictor.fromJson({ ...json, ...change })).toThrow(message);
    refused({ kind: "forest" }, "these are not written trees");
    refused({ names: ["one"] }, "1 names for");
    refused({ packed: "%" }, "the text is not base64");
    refused({ packed: json.packed.slice(0, 400) }, "not packed trees: too short");
    const flat = flatten(model);
    for (const [change, message] of [
      [{ leafValue: flat.leafValue.with(3, Number.NaN) }, "a leaf is no number"],
      [{ threshold: flat.threshold.with(3, Number.NaN) }, "a threshold is no number"],
      [{ firstLeaf: flat.firstLeaf.with(1, 1e6) }, "leaves are out of order"],
    ] as const) {
      expect(() => unpackTrees(packTrees({ ...flat, ...change }))).toThrow(message);
    }
  });
});

describe("a text that is no model", () => {
  it("is told why", () => {
    const text = writeModelText(trained[0]!.model);
    expect(() => readModelText("")).toThrow("does not begin with 'tree'");
    expect(() => readModelText(text.replace("version=v4", "version=v9"))).toThrow("version 'v9'");
    expect(() => readModelText(text.split("end of trees")[0]!)).toThrow(
      "'end of trees' is missing",
    );
    expect(() => readModelText(text.replace("is_linear=0", "is_linear=1"))).toThrow(
      "tree 0: linear",
    );
    expect(() => readModelText(text.replace(/leaf_value=\S+/, "leaf_value=inf"))).toThrow(
      "tree 0: a leaf is no finite number",
    );
    expect(() => readModelText(text.replace(/left_child=\d+/, "left_child=0"))).toThrow(
      "tree 0: node 0 has the child 0",
    );
  });
});
