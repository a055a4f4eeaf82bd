/**
 * Scores members now: features from the state that follows the log, told for this moment, through the
 * model that is champion. Questions that come while one is being answered are gathered into the next, so
 * that a burst costs a few statements. What was given to the model is logged. Where features or model
 * are missing something simpler answers, says so, and is counted. One score takes some milliseconds,
 * most of them the database's.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { type Log, silentLog, WaymarkError } from "../../base/index.ts";
import type { Store } from "../../store/store.ts";
import {
  askedAt,
  decodeState,
  type FeatureSet,
  type MemberState,
  onlineValues,
} from "../feature/index.ts";
import type { FeatureLogger } from "../feature/log-features.ts";
import { createRegistry } from "../registry/registry.ts";

/** A model as it is served. `C` is what is known of a member besides features, `S` a score. */
export interface ServedModel<C, S> {
  /** Which definitions its features were computed by. */
  readonly featureSet: string;
  scoreAll(
    rows: readonly Float64Array[],
    contexts: readonly C[],
    hasReasons: boolean,
  ): readonly S[];
  /** Without features. */
  fallback(context: C, why: string): S;
}

export const FALLBACKS = [
  /** No version is champion. */
  "no-model",
  /** The champion's file cannot be read. */
  "model-damaged",
  /** The follower of the log has nothing of the member, or what it has is damaged. */
  "no-features",
  /** The champion was trained on other definitions than are served. */
  "features-changed",
] as const;
export type Fallback = (typeof FALLBACKS)[number];

export interface ScorerOptions<C, S> {
  readonly model: string;
  readonly store: Pick<Store, "models" | "featureStates">;
  readonly set: FeatureSet;
  /** @throws WaymarkError when the bytes are no such model */
  read(bytes: Uint8Array, features: readonly string[]): ServedModel<C, S>;
  /** Without any model. */
  prior(context: C, why: Fallback): S;
  /** Of those who can be scored; others are absent. */
  contexts(memberIds: readonly number[], atMs: number): Promise<ReadonlyMap<number, C>>;
  readonly featureLog: Pick<FeatureLogger, "log">;
  readonly now: () => number;
  readonly log?: Log | undefined;
}

export interface Scored<S> {
  readonly memberId: number;
  /** Undefined for who cannot be scored. */
  readonly score: S | undefined;
}

export interface ScoreReply<S> {
  /** Null when no model could answer. */
  readonly version: number | null;
  readonly atMs: number;
  readonly members: readonly Scored<S>[];
}

export interface Scorer<S> {
  score(memberIds: readonly number[], options?: { hasReasons?: boolean }): Promise<ScoreReply<S>>;
  /** The champion may have moved: looked at before the next answer. */
  championMoved(): void;
  /** Scores since the start: by the model ("model") and by each fallback. */
  readonly counts: ReadonlyMap<string, number>;
}

export const scorerDefaults = {
  /** Milliseconds after which the champion is looked up again: another process may have moved it. */
  lookMs: 1000,
  /** Members of one gathering. */
  gathered: 500,
  /** Members that are scored before others get a turn: some 10 ms with reasons. */
  turn: 32,
} as const;

interface Question<S> {
  readonly memberIds: readonly number[];
  readonly hasReasons: boolean;
  resolve(reply: ScoreReply<S>): void;
  reject(error: unknown): void;
}

interface Champion<C, S> {
  readonly version: number | null;
  readonly served: ServedModel<C, S> | undefined;
  /** Why nothing is served. */
  readonly why: Fallback;
}

export function createScorer<C, S>(options: ScorerOptions<C, S>): Scorer<S> {
  const { model, store, set, now, featureLog, log = silentLog } = options;
  const registry = createRegistry(store.models);
  const counts = new Map<string, number>();
  const waiting: Question<S>[] = [];
  let isGathering = false;
  let champion: Champion<C, S> = { version: null, served: undefined, why: "no-model" };
  let lookedMs = Number.NEGATIVE_INFINITY;

  const look = async (): Promise<void> => {
    const version = (await store.models.versionOf(model, "champion")) ?? null;
    lookedMs = performance.now();
    if (version === champion.version && champion.why !== "model-damaged") return;
    if (version === null) {
      champion = { version, served: undefined, why: "no-model" };
      return;
    }
    try {
      const { bytes, record } = await registry.read(model, version);
      champion = { version, served: options.read(bytes, record.data.features), why: "no-model" };
    } catch (error) {
      log.error("the champion cannot be used", { model, version, why: (error as Error).message });
      champion = { version, served: undefined, why: "model-damaged" };
    }
  };

  const answer = async (questions: readonly Question<S>[]): Promise<void> => {
    if (performance.now() - lookedMs > scorerDefaults.lookMs) await look();
    const memberIds = [...new Set(questions.flatMap((question) => question.memberIds))];
    const atMs = now();
    const [states, contexts] = await Promise.all([
      store.featureStates.get(memberIds),
      options.contexts(memberIds, atMs),
    ]);
    const isExplained = new Set(
      questions.flatMap((question) => (question.hasReasons ? question.memberIds : [])),
    );
    const scores = new Map<number, S>();
    const asked = memberIds.filter((memberId) => contexts.has(memberId));
    for (let at = 0; at < asked.length; at += scorerDefaults.turn) {
      if (at > 0) await nextTurn();
      const some = asked.slice(at, at + scorerDefaults.turn);
      const known = some.map((memberId) => {
        const found = states.get(memberId);
        const state = found && readState(memberId, found.state);
        return { memberId, context: contexts.get(memberId)!, state, seq: found?.seq ?? 0 };
      });
      for (const [memberId, score] of scoreSome(known, isExplained, atMs)) {
        scores.set(memberId, score);
      }
    }
    for (const { memberIds: own, resolve } of questions) {
      resolve({
        version: champion.version,
        atMs,
        members: own.map((memberId) => ({ memberId, score: scores.get(memberId) })),
      });
    }
  };

  /** One member's damaged state must not fail the others who are asked about at the same moment. */
  const readState = (memberId: number, bytes: Uint8Array): MemberState | undefined => {
    try {
      return decodeState(set, bytes);
    } catch (error) {
      if (!(error instanceof WaymarkError)) throw error;
      log.error("features cannot be read", { member: memberId, why: error.message });
      return undefined;
    }
  };

  const scoreSome = (
    known: readonly Known<C>[],
    isExplained: ReadonlySet<number>,
    atMs: number,
  ): readonly (readonly [number, S])[] => {
    const { served, version } = champion;
    const count = (by: string): void => void counts.set(by, (counts.get(by) ?? 0) + 1);
    const told = known.filter(hasState);
    if (served === undefined || served.featureSet !== set.id) {
      const why = served === undefined ? champion.why : "features-changed";
      return known.map((of) => {
        count(why);
        const score =
          served === undefined ? options.prior(of.context, why) : served.fallback(of.context, why);
        if (hasState(of)) note(of, score, why);
        return [of.memberId, score] as const;
      });
    }
    const rows = told.map(({ state }) => onlineValues(set, state, atMs));
    const scored: (readonly [number, S])[] = [];
    for (const hasReasons of [true, false]) {
      const places = told.flatMap((of, i) =>
        isExplained.has(of.memberId) === hasReasons ? [i] : [],
      );
      const scores = served.scoreAll(
        places.map((i) => rows[i]!),
        places.map((i) => told[i]!.context),
        hasReasons,
      );
      places.forEach((i, k) => {
        count("model");
        scored.push([told[i]!.memberId, scores[k]!]);
        note(told[i]!, scores[k]!, null, rows[i]!);
      });
    }
    for (const of of known) {
      if (hasState(of)) continue;
      count("no-features");
      scored.push([of.memberId, served.fallback(of.context, "no-features")]);
    }
    return scored;

    function note(of: Told<C>, score: S, fallback: string | null, values?: Float64Array): void {
      featureLog.log({
        memberId: of.memberId,
        atMs: askedAt(of.state, atMs),
        seq: of.seq,
        model,
        version,
        featureSet: set.id,
        values: values ?? onlineValues(set, of.state, atMs),
        fallback,
        score,
      });
    }
  };

  const gather = async (): Promise<void> => {
    if (isGathering) return;
    isGathering = true;
    // Whoever asks in this turn is gathered too.
    await nextTurn();
    while (waiting.length > 0) {
      const questions = [waiting.shift()!];
      let size = questions[0]!.memberIds.length;
      while (waiting.length > 0 && size + waiting[0]!.memberIds.length <= scorerDefaults.gathered) {
        size += waiting[0]!.memberIds.length;
        questions.push(waiting.shift()!);
      }
      try {
        await answer(questions);
      } catch (error) {
        for (const { reject } of questions) reject(error);
      }
    }
    isGathering = false;
  };

  return {
    counts,
    score: (memberIds, { hasReasons = true } = {}) =>
      new Promise((resolve, reject) => {
        waiting.push({ memberIds, hasReasons, resolve, reject });
        void gather();
      }),
    championMoved() {
      lookedMs = Number.NEGATIVE_INFINITY;
    },
  };
}

interface Known<C> {
  readonly memberId: number;
  readonly context: C;
  readonly state: MemberState | undefined;
  readonly seq: number;
}

interface Told<C> extends Known<C> {
  readonly state: MemberState;
}

function hasState<C>(of: Known<C>): of is Told<C> {
  return of.state !== undefined;
}
