/** The objective that a name, or a function of one's own, stands for. */
import { WaymarkError } from "../../../base/error.ts";
import {
  type BinaryOptions,
  binaryObjective,
  crossEntropyObjective,
  multiclassObjective,
} from "./classification.ts";
import { lambdarankObjective, type RankOptions } from "./lambdarank.ts";
import type { Labels, Objective } from "./objective.ts";
import { l2Objective, poissonObjective, quantileObjective } from "./regression.ts";

/** Those that need no option. */
type Plain = "l2" | "poisson" | "binary" | "cross-entropy" | "lambdarank";

type Named =
  | { readonly name: "l2" }
  | { readonly name: "cross-entropy" }
  | { readonly name: "poisson"; readonly maxDeltaStep?: number }
  | ({ readonly name: "binary" } & Partial<BinaryOptions>)
  | { readonly name: "quantile"; readonly alpha: number }
  | { readonly name: "multiclass"; readonly classes: number }
  | ({ readonly name: "lambdarank" } & Partial<RankOptions>);

/** A name, a name with its options, or an objective of one's own over the training labels. */
export type ObjectiveChoice = Plain | Named | ((labels: Labels) => Objective);

const NAMES = ["l2", "poisson", "quantile", "binary", "cross-entropy", "multiclass", "lambdarank"];

/** @throws WaymarkError OPTION_INVALID on an unknown name; TABLE_INVALID when labels break its rule */
export function chooseObjective(choice: ObjectiveChoice, labels: Labels): Objective {
  if (typeof choice === "function") return choice(labels);
  const given: Named = typeof choice === "string" ? { name: choice } : choice;
  switch (given.name) {
    case "l2":
      return l2Objective(labels);
    case "poisson":
      return poissonObjective(labels, given.maxDeltaStep);
    case "quantile":
      return quantileObjective(labels, given.alpha);
    case "binary":
      return binaryObjective(labels, given);
    case "cross-entropy":
      return crossEntropyObjective(labels);
    case "multiclass":
      return multiclassObjective(labels, given.classes);
    case "lambdarank":
      return lambdarankObjective(labels, given);
    default:
      throw new WaymarkError(
        "OPTION_INVALID",
        `objective '${String((given as { name: unknown }).name)}' is unknown; choose one of ${NAMES.join(", ")}`,
        { choices: NAMES },
      );
  }
}
