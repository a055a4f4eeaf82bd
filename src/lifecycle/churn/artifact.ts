/**
 * Everything that a version of the churn model is, as one file: the hazards, the baselines that answer
 * when they cannot, and what is usual of each feature, for reasons in words. JSON with LightGBM's own
 * text of the trees inside, so that a person can read it and a damaged one is noticed.
 */
import { WaymarkError } from "../../base/error.ts";
import type { HazardCurves, JsonObject, Matrix } from "../../learn/index.ts";
import { constantCurves, TenureBaseline } from "./baseline.ts";
import { ChurnModel } from "./hazard.ts";
import { CAUSES, PERIODS } from "./period.ts";

export interface ChurnArtifact {
  readonly model: ChurnModel;
  /** Undefined where too few had left to fit one. */
  readonly tenure: TenureBaseline | undefined;
  /** Float64Array (periods × causes): hazards of everybody. */
  readonly constant: Float64Array;
  /** Float64Array (features): the median of members at risk; NaN where half have none. */
  readonly usual: Float64Array;
}

export function writeArtifact({ model, tenure, constant, usual }: ChurnArtifact): Uint8Array {
  const json: JsonObject = {
    kind: "waymark-churn",
    version: 1,
    model: model.toJSON(),
    tenure: tenure?.toJSON() ?? null,
    constant: [...constant],
    usual: Array.from(usual, (value) => (Number.isNaN(value) ? null : value)),
  };
  return new TextEncoder().encode(JSON.stringify(json));
}

/** @throws WaymarkError STORE_DAMAGED when the bytes are not a churn model of this version */
export function readArtifact(bytes: Uint8Array): ChurnArtifact {
  try {
    const json = JSON.parse(new TextDecoder().decode(bytes)) as JsonObject;
    const { kind, version, model, tenure, constant, usual } = json;
    const isOne =
      kind === "waymark-churn" &&
      version === 1 &&
      Array.isArray(constant) &&
      constant.length === PERIODS * CAUSES.length &&
      constant.every((hazard) => typeof hazard === "number" && hazard >= 0 && hazard <= 1) &&
      Array.isArray(usual);
    if (!isOne) throw new WaymarkError("TABLE_INVALID", "it is not a churn model of version 1");
    const read = ChurnModel.fromJson(model as JsonObject);
    return {
      model: read,
      tenure: tenure ? TenureBaseline.fromJson(tenure as JsonObject) : undefined,
      constant: Float64Array.from(constant as number[]),
      usual: Float64Array.from(read.features, (_, j) => (usual[j] as number | null) ?? Number.NaN),
    };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new WaymarkError("STORE_DAMAGED", `the model's file cannot be read: ${why}`, { cause });
  }
}

/** Curves without features: by tenure where there is a curve for it, else those of everybody. */
export function fallbackCurves(
  { tenure, constant }: Pick<ChurnArtifact, "tenure" | "constant">,
  interval: string | null,
  tenureDays: number,
): { readonly curves: HazardCurves; readonly by: "sBG" | "constant" } {
  if (tenure !== undefined) return { curves: tenure.curvesOf(interval, tenureDays), by: "sBG" };
  return { curves: constantCurves(constant, 1), by: "constant" };
}

/** The median of each column; NaN where most are missing. */
export function usualValues(x: Matrix): Float64Array {
  return Float64Array.from({ length: x.columns }, (_, j) => {
    const present: number[] = [];
    for (let i = 0; i < x.rows; i++) {
      const value = x.values[i * x.columns + j]!;
      if (!Number.isNaN(value)) present.push(value);
    }
    if (2 * present.length < x.rows || present.length === 0) return Number.NaN;
    present.sort((a, b) => a - b);
    return present[Math.floor(present.length / 2)]!;
  });
}
