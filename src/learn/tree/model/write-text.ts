/**
 * A model as LightGBM's `model.txt`, version 4 (`gbdt_model_text.cpp`, `Tree::ToString`): LightGBM and
 * whatever reads its files predicts with it as we do.
 */
import { format6, format17 } from "./format-number.ts";
import type { Tree, TreeModel } from "./tree.ts";

export function writeModelText(model: TreeModel): string {
  const trees = model.trees.map((tree, i) => `Tree=${i}\n${treeText(tree)}\n\n`);
  const header = [
    "tree",
    "version=v4",
    `num_class=${model.classes}`,
    `num_tree_per_iteration=${model.treesPerIteration}`,
    "label_index=0",
    `max_feature_idx=${model.featureNames.length - 1}`,
    ...(model.objective === "" ? [] : [`objective=${model.objective}`]),
    `feature_names=${model.featureNames.join(" ")}`,
    ...(model.monotone.length === 0 ? [] : [`monotone_constraints=${model.monotone.join(" ")}`]),
    `feature_infos=${model.featureInfos.join(" ")}`,
    `tree_sizes=${trees.map((text) => text.length).join(" ")}`,
  ];
  const parts = [
    `${header.join("\n")}\n\n`,
    ...trees,
    "end of trees\n\nfeature_importances:\n",
    ...importances(model),
  ];
  if (model.parameters !== "") {
    parts.push(`\nparameters:\n${model.parameters}\n\nend of parameters\n`);
  }
  return parts.join("");
}

function treeText(tree: Tree): string {
  const lines = [
    `num_leaves=${tree.leafCount}`,
    `num_cat=${tree.categoryBegin.length - 1}`,
    `split_feature=${tree.splitFeature.join(" ")}`,
    `split_gain=${Array.from(tree.splitGain, format6).join(" ")}`,
    `threshold=${Array.from(tree.threshold, format17).join(" ")}`,
    `decision_type=${tree.decisionType.join(" ")}`,
    `left_child=${tree.leftChild.join(" ")}`,
    `right_child=${tree.rightChild.join(" ")}`,
    `leaf_value=${Array.from(tree.leafValue, format17).join(" ")}`,
    `leaf_weight=${Array.from(tree.leafWeight, format17).join(" ")}`,
    `leaf_count=${tree.leafRows.join(" ")}`,
    `internal_value=${Array.from(tree.internalValue, format6).join(" ")}`,
    `internal_weight=${Array.from(tree.internalWeight, format6).join(" ")}`,
    `internal_count=${tree.internalRows.join(" ")}`,
  ];
  if (tree.categoryBegin.length > 1) {
    lines.push(`cat_boundaries=${tree.categoryBegin.join(" ")}`);
    lines.push(`cat_threshold=${tree.categoryBits.join(" ")}`);
  }
  lines.push("is_linear=0", `shrinkage=${format6(tree.shrinkage)}`, "");
  return lines.join("\n");
}

/** How many splits use each feature, most used first. */
function importances({ trees, featureNames }: TreeModel): string[] {
  const counts = new Array<number>(featureNames.length).fill(0);
  for (const { splitFeature } of trees) for (const j of splitFeature) counts[j]!++;
  return counts
    .map((count, j) => ({ count, name: featureNames[j]! }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count)
    .map(({ count, name }) => `${name}=${count}\n`);
}
