/**
 * A model as few bytes that hold no code: magic, version, counts, names, arrays. What a browser loads to
 * predict and explain; about 26 bytes a leaf. Little-endian, arrays aligned to 8 bytes.
 */
import { WaymarkError } from "../../../base/error.ts";
import type { FlatTrees } from "./flat.ts";

const MAGIC = 0x45524b57; // "WKRE"
const VERSION = 1;
/** Magic, version, classes, columns, trees, nodes, leaves, category words, bytes of the names. */
const HEADER = 9;

export function packTrees(flat: FlatTrees): Uint8Array {
  const names = new TextEncoder().encode(JSON.stringify([flat.objective, ...flat.featureNames]));
  const arrays = arraysOf(flat);
  const namesBegin = 8 * Math.ceil(HEADER / 2);
  let end = align(namesBegin + names.length);
  const begins = arrays.map((array) => {
    const begin = end;
    end = align(end + array.byteLength);
    return begin;
  });
  const bytes = new Uint8Array(end);
  new Uint32Array(bytes.buffer, 0, HEADER).set([
    MAGIC,
    VERSION,
    flat.classes,
    flat.columns,
    flat.root.length,
    flat.feature.length,
    flat.leafValue.length,
    flat.categoryBits.length,
    names.length,
  ]);
  bytes.set(names, namesBegin);
  arrays.forEach((array, k) => {
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), begins[k]!);
  });
  return bytes;
}

/** Views on the bytes, without a copy where they are aligned. @throws WaymarkError TABLE_INVALID */
export function unpackTrees(given: Uint8Array): FlatTrees {
  const bytes = given.byteOffset % 8 === 0 ? given : given.slice();
  if (bytes.length < 4 * HEADER) throw broken("too short");
  const header = new Uint32Array(bytes.buffer, bytes.byteOffset, HEADER);
  const [magic, version, classes, columns, trees, nodes, leaves, words, nameBytes] =
    header as unknown as number[];
  if (magic !== MAGIC) throw broken("it does not begin as one");
  if (version !== VERSION) throw broken(`version ${version} instead of ${VERSION}`);
  const namesBegin = 8 * Math.ceil(HEADER / 2);
  let at = align(namesBegin + nameBytes!);
  const take = <A>(
    make: {
      new (buffer: ArrayBufferLike, begin: number, length: number): A;
      BYTES_PER_ELEMENT: number;
    },
    length: number,
  ): A => {
    const begin = at;
    at = align(at + length * make.BYTES_PER_ELEMENT);
    if (at > bytes.length) throw broken("too short");
    return new make(bytes.buffer, bytes.byteOffset + begin, length);
  };
  if (at > bytes.length) throw broken("too short");
  const names = namesOf(bytes.subarray(namesBegin, namesBegin + nameBytes!));
  if (names.length !== columns! + 1) throw broken("a column has no name");
  if (!(trees! > 0 && classes! > 0 && trees! % classes! === 0)) {
    throw broken(`${trees} trees are no whole iterations of ${classes}`);
  }
  const flat: FlatTrees = {
    objective: names[0]!,
    classes: classes!,
    columns: columns!,
    featureNames: names.slice(1),
    threshold: take(Float64Array, nodes!),
    leafValue: take(Float64Array, leaves!),
    root: take(Int32Array, trees!),
    firstLeaf: take(Int32Array, trees! + 1),
    feature: take(Int32Array, nodes!),
    child: take(Int32Array, 2 * nodes!),
    categoryRange: take(Int32Array, words! > 0 ? 2 * nodes! : 0),
    categoryBits: take(Uint32Array, words!),
    kind: take(Uint8Array, nodes!),
  };
  checkFlat(flat);
  return flat;
}

/** The objective, then the columns. */
function namesOf(bytes: Uint8Array): string[] {
  try {
    const names: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (Array.isArray(names) && names.every((name) => typeof name === "string")) return names;
  } catch {
    // Falls through: not JSON is no list of names either.
  }
  throw broken("its names are damaged");
}

function arraysOf(flat: FlatTrees): readonly ArrayBufferView[] {
  return [
    flat.threshold,
    flat.leafValue,
    flat.root,
    flat.firstLeaf,
    flat.feature,
    flat.child,
    flat.categoryRange,
    flat.categoryBits,
    flat.kind,
  ];
}

/** Walks end: a child comes after its parent, and every index is within its array. */
function checkFlat({
  root,
  firstLeaf,
  threshold,
  feature,
  child,
  columns,
  leafValue,
  categoryRange,
  categoryBits,
}: FlatTrees): void {
  const isInside = (at: number, least: number): boolean =>
    at >= 0 ? at >= least && at < feature.length : ~at < leafValue.length;
  if (!root.every((at) => isInside(at, 0))) throw broken("a root is outside");
  if (!firstLeaf.every((at, t) => at >= (t > 0 ? firstLeaf[t - 1]! : 0))) {
    throw broken("leaves are out of order");
  }
  if (!leafValue.every(Number.isFinite)) throw broken("a leaf is no number");
  if (threshold.some(Number.isNaN)) throw broken("a threshold is no number");
  if (!feature.every((j) => j >= 0 && j < columns)) throw broken("a column is outside");
  if (!child.every((at, i) => isInside(at, (i >> 1) + 1))) throw broken("a child is outside");
  if (!categoryRange.every((at) => at >= 0 && at <= categoryBits.length)) {
    throw broken("a category is outside");
  }
}

function align(length: number): number {
  return Math.ceil(length / 8) * 8;
}

function broken(reason: string): WaymarkError {
  return new WaymarkError("TABLE_INVALID", `the bytes are not packed trees: ${reason}`);
}
