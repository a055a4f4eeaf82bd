/** Uplift models back from JSON: what a learner's model says of itself, and its base learners' models. */
import { WaymarkError } from "../../base/error.ts";
import type { JsonObject, JsonValue, Predictor } from "../learner.ts";
import { effectModel, type UpliftModel } from "./effect.ts";
import { propensityFromJson } from "./propensity.ts";
import { sModel } from "./s-learner.ts";
import { tModel } from "./t-learner.ts";
import { xModel } from "./x-learner.ts";

/** What a base learner's model is of. */
export type ModelRole = "outcome" | "effect" | "propensity";

/**
 * @param read how the base learners' own models are read
 * @throws WaymarkError TABLE_INVALID when the object is not a written uplift model
 */
export function upliftFromJson(
  json: JsonObject,
  read: (json: JsonObject, role: ModelRole) => Predictor,
): UpliftModel {
  const each = (models: JsonValue | undefined, role: ModelRole): Predictor[] => {
    if (!Array.isArray(models) || models.length === 0) throw notWritten();
    return models.map((model) => read(objectOf(model), role));
  };
  switch (json.kind) {
    case "s-learner": {
      const { arms, interactions, outcome } = json;
      if (!Number.isInteger(arms) || typeof interactions !== "boolean") throw notWritten();
      return sModel(read(objectOf(outcome), "outcome"), arms as number, interactions);
    }
    case "t-learner":
      return tModel(each(json.outcomes, "outcome"));
    case "x-learner": {
      const [treated, control] = [each(json.treated, "effect"), each(json.control, "effect")];
      if (treated.length !== control.length) throw notWritten();
      const sides = treated.map((model, k) => ({ treated: model, control: control[k]! }));
      const propensity = propensityFromJson(objectOf(json.propensity), sides.length + 1, (model) =>
        read(model, "propensity"),
      );
      return xModel(sides, propensity);
    }
    case "r-learner":
    case "dr-learner":
      return effectModel(json.kind, each(json.effects, "effect"));
    default:
      throw notWritten();
  }
}

function objectOf(json: JsonValue | undefined): JsonObject {
  if (typeof json === "object" && json !== null && !Array.isArray(json)) return json as JsonObject;
  throw notWritten();
}

function notWritten(): WaymarkError {
  return new WaymarkError("TABLE_INVALID", "this is not a written uplift model");
}
