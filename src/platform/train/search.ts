/**
 * Random search of parameters (Bergstra & Bengio, JMLR 2012): the given setting first, then draws from
 * lists of values, each tried on the same rows and judged by the same held-out loss. Equal seeds try
 * the same settings. As many fits as tries.
 */
import { assert } from "../../base/error.ts";
import { createRng, pick } from "../../base/rng.ts";

/** Values that each parameter may take, good guesses among them. */
export type Space<P extends object> = { readonly [K in keyof P]: readonly P[K][] };

export interface Tried<P> {
  readonly parameters: P;
  /** Of rows held out; lower is better. */
  readonly loss: number;
  /** What the loss is the sum of, where parts of the setting make parts of the model. */
  readonly losses?: readonly number[] | undefined;
}

export interface SearchResult<P> {
  readonly best: P;
  readonly tried: readonly Tried<P>[];
}

/**
 * @param first is tried first, and kept when nothing beats it
 * @param tryOut called once a setting; what it gives back may say more than it was given, such as when
 *   early stopping ended
 */
export function searchParameters<P extends object>(
  space: Space<P>,
  first: P,
  tryOut: (parameters: P) => Tried<P>,
  options: {
    readonly tries: number;
    readonly seed: number;
    /** Of all that was tried; that of least loss unless given. */
    readonly choose?: ((tried: readonly Tried<P>[]) => P) | undefined;
  },
): SearchResult<P> {
  assert(options.tries >= 1, "a search tries something");
  const rng = createRng(options.seed, 0x5ea7c4);
  const names = Object.keys(space) as (keyof P)[];
  const known = new Set([JSON.stringify(first)]);
  const settings = [first];
  // A draw that came already is no try; a small space simply ends.
  for (let draw = 0; settings.length < options.tries && draw < 20 * options.tries; draw++) {
    const next = { ...first };
    for (const name of names) next[name] = pick(rng, space[name]);
    const key = JSON.stringify(next);
    if (known.has(key)) continue;
    known.add(key);
    settings.push(next);
  }
  const tried = settings.map(tryOut);
  const { choose = leastLoss } = options;
  return { best: choose(tried), tried };
}

function leastLoss<P>(tried: readonly Tried<P>[]): P {
  return tried.reduce((least, next) => (next.loss < least.loss ? next : least)).parameters;
}
