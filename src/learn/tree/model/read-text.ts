/**
 * Reads LightGBM's `model.txt`, versions 3 and 4: gradient-boosted trees with constant leaves, by
 * whatever wrote them. Trees are checked node by node, so that a damaged file is refused here and no
 * prediction ever runs in a circle.
 */
import { WaymarkError } from "../../../base/error.ts";
import { CATEGORICAL, type Tree, type TreeModel } from "./tree.ts";

/** @throws WaymarkError TABLE_INVALID on a text that is no such model, or has what is not read */
export function readModelText(text: string): TreeModel {
  const lines = text.split(/\r?\n/);
  if (lines[0]?.trim() !== "tree") throw broken("it does not begin with 'tree'");
  const firstTree = lines.findIndex((line) => line.startsWith("Tree="));
  const end = lines.indexOf("end of trees");
  if (end < 0) throw broken("'end of trees' is missing");
  const header = fieldsOf(lines.slice(1, firstTree < 0 ? end : firstTree));
  if (!["v3", "v4"].includes(header.get("version") ?? "")) {
    throw broken(`version '${header.get("version")}' is not v3 or v4`);
  }
  if (header.has("average_output")) throw broken("random forests are not read");
  const columns = whole(header, "max_feature_idx") + 1;
  const featureNames = words(header.get("feature_names"));
  if (featureNames.length !== columns) {
    throw broken(`feature_names has ${featureNames.length} names for ${columns} features`);
  }
  const trees: Tree[] = [];
  for (let at = firstTree; at >= 0 && at < end; ) {
    let next = at + 1;
    while (next < end && !lines[next]!.startsWith("Tree=")) next++;
    trees.push(readTree(fieldsOf(lines.slice(at + 1, next)), trees.length, columns));
    at = next;
  }
  const treesPerIteration = whole(header, "num_tree_per_iteration");
  if (trees.length === 0) throw broken("it has no tree");
  if (treesPerIteration < 1 || trees.length % treesPerIteration !== 0) {
    throw broken(`${trees.length} trees are no whole iterations of ${treesPerIteration}`);
  }
  const parameters = lines.slice(lines.indexOf("parameters:", end) + 1);
  const parametersEnd = parameters.indexOf("end of parameters");
  return {
    objective: header.get("objective") ?? "",
    classes: whole(header, "num_class"),
    treesPerIteration,
    featureNames,
    featureInfos: words(header.get("feature_infos")),
    monotone: words(header.get("monotone_constraints")).map(Number),
    trees,
    parameters: parametersEnd < 0 ? "" : parameters.slice(0, parametersEnd).join("\n").trimEnd(),
  };
}

type Fields = ReadonlyMap<string, string>;

function fieldsOf(lines: readonly string[]): Fields {
  const fields = new Map<string, string>();
  for (const line of lines) {
    if (line === "") continue;
    const at = line.indexOf("=");
    fields.set(at < 0 ? line : line.slice(0, at), at < 0 ? "" : line.slice(at + 1));
  }
  return fields;
}

function readTree(fields: Fields, index: number, columns: number): Tree {
  const where = `tree ${index}`;
  const leafCount = whole(fields, "num_leaves", where);
  const categoricalCount = whole(fields, "num_cat", where);
  if (leafCount < 1) throw broken(`${where}: num_leaves is ${leafCount}`);
  if (fields.get("is_linear") === "1") throw broken(`${where}: linear leaves are not read`);
  const nodes = leafCount - 1;
  const read = (name: string, length: number, isNeeded: boolean): Float64Array => {
    const given = fields.get(name);
    if (given === undefined && !isNeeded) return new Float64Array(length);
    const numbers = Float64Array.from(words(given), numberOf);
    if (numbers.length !== length) {
      throw broken(`${where}: ${name} has ${numbers.length} entries instead of ${length}`);
    }
    if (numbers.some(Number.isNaN)) throw broken(`${where}: ${name} has what is no number`);
    return numbers;
  };
  const tree: Tree = {
    leafCount,
    splitFeature: Int32Array.from(read("split_feature", nodes, true)),
    splitGain: Float32Array.from(read("split_gain", nodes, false)),
    threshold: read("threshold", nodes, true),
    decisionType: Uint8Array.from(read("decision_type", nodes, false)),
    leftChild: Int32Array.from(read("left_child", nodes, true)),
    rightChild: Int32Array.from(read("right_child", nodes, true)),
    leafValue: read("leaf_value", leafCount, true),
    leafWeight: read("leaf_weight", leafCount, false),
    leafRows: Int32Array.from(read("leaf_count", leafCount, false)),
    internalValue: read("internal_value", nodes, false),
    internalWeight: read("internal_weight", nodes, false),
    internalRows: Int32Array.from(read("internal_count", nodes, false)),
    categoryBegin:
      categoricalCount > 0
        ? Int32Array.from(read("cat_boundaries", categoricalCount + 1, true))
        : Int32Array.of(0),
    categoryBits: Uint32Array.from(words(fields.get("cat_threshold")), Number),
    shrinkage: numberOf(fields.get("shrinkage") ?? "1"),
  };
  if (!tree.leafValue.every(Number.isFinite)) throw broken(`${where}: a leaf is no finite number`);
  checkTree(tree, where, columns);
  return tree;
}

/** Every node and leaf hangs below exactly one node, and every index is within its array. */
function checkTree(tree: Tree, where: string, columns: number): void {
  const nodes = tree.leafCount - 1;
  const isSeen = new Uint8Array(nodes + tree.leafCount);
  for (let node = 0; node < nodes; node++) {
    for (const child of [tree.leftChild[node]!, tree.rightChild[node]!]) {
      const at = child >= 0 ? child : nodes + ~child;
      const isRoot = child === 0;
      if (isRoot || child >= nodes || at >= isSeen.length || isSeen[at] === 1) {
        throw broken(`${where}: node ${node} has the child ${child}, which is not its own`);
      }
      // LightGBM numbers nodes as they are made, so a child comes after its parent.
      if (child >= 0 && child < node) throw broken(`${where}: node ${child} is below node ${node}`);
      isSeen[at] = 1;
    }
    const column = tree.splitFeature[node]!;
    if (column < 0 || column >= columns) {
      throw broken(`${where}: node ${node} splits on feature ${column} of ${columns}`);
    }
    if ((tree.decisionType[node]! & CATEGORICAL) === 0) continue;
    const category = tree.threshold[node]!;
    if (!Number.isInteger(category) || category < 0 || category >= tree.categoryBegin.length - 1) {
      throw broken(`${where}: node ${node} has no categories`);
    }
  }
  const { categoryBegin, categoryBits } = tree;
  for (let i = 1; i < categoryBegin.length; i++) {
    if (categoryBegin[i]! < categoryBegin[i - 1]!) throw broken(`${where}: cat_boundaries fall`);
  }
  if (categoryBegin[0] !== 0 || categoryBegin[categoryBegin.length - 1]! > categoryBits.length) {
    throw broken(`${where}: cat_boundaries lie outside cat_threshold`);
  }
}

function whole(fields: Fields, name: string, where = "the header"): number {
  const value = Number(fields.get(name) ?? "missing");
  if (Number.isInteger(value)) return value;
  throw broken(`${where}: ${name} is ${fields.get(name) ?? "missing"}`);
}

function numberOf(text: string): number {
  if (text === "inf") return Infinity;
  if (text === "-inf") return -Infinity;
  return text === "" ? Number.NaN : Number(text);
}

function words(text: string | undefined): string[] {
  return text === undefined || text.trim() === "" ? [] : text.trim().split(" ");
}

function broken(reason: string): WaymarkError {
  return new WaymarkError("TABLE_INVALID", `the text is not a LightGBM model: ${reason}`);
}
