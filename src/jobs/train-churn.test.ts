// One story on a store: a log is written, a model is trained, everybody is scored, the server answers.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openMemoryStore } from "../../test/memory-store.ts";
import type { Change } from "../lifecycle/churn/label.ts";
import { logFeatures } from "../platform/feature/log-features.ts";
import { churnScoreSchema } from "../schema/score.ts";
import { openChurnScorer } from "../server/score/churn-scorer.ts";
import { openLake } from "../store/lake/index.ts";
import { createMemoryBlobStore } from "../store/memory-blob-store.ts";
import { createStore } from "../store/open-store.ts";
import type { Store } from "../store/store.ts";
import { writeMemberLog } from "./member-log.fixture.ts";
import { replayFeatures } from "./replay-features.ts";
import { runTrainChurn, snapshotsOf, type TrainedChurn } from "./train-churn.ts";

const NOW = Date.UTC(2026, 5, 1, 12);
const folder = mkdtempSync(join(tmpdir(), "waymark-train-"));
let store: Store;
let trained: TrainedChurn;
let ids: readonly number[];
const phases: string[] = [];

beforeAll(async () => {
  store = await openMemoryStore();
  ids = await writeMemberLog(store, { members: 700, days: 240, untilMs: NOW, seed: 2 });
  trained = await runTrainChurn({
    store,
    lakeFolder: folder,
    now: () => NOW,
    tries: 1,
    onProgress: (phase) => phases.push(phase),
  });
}, 120_000);
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("training on a log", () => {
  it("makes a version with its lineage and lets its gates say what it becomes", async () => {
    const { version } = trained;
    const failed = version.record.gates.filter(({ verdict }) => verdict === "failed");
    expect(version.alias).toBe(failed.length === 0 ? "champion" : "candidate");
    expect(failed).toEqual([]);
    expect(version.record.data.features).toContain("routes_planned_28d");
    expect(version.record.data.content).toMatch(/^[0-9a-f]{16}$/);
    expect(version.record.code).toMatch(/^[0-9a-f]{16}$/);
    expect(version.card).toContain("# Churn of subscribers (churn v1)");
    expect(new Set(phases)).toContain("Training");
  });

  it("scores everybody who pays and renews, with reasons that add up", async () => {
    expect(trained.scored).toBeGreaterThan(100);
    const newest = await store.scores.newest("churn");
    expect(newest).toEqual({ count: trained.scored, atMs: NOW, version: 1 });
    const at = await store.memberships.at(ids, NOW);
    for (const id of ids) {
      const stored = await store.scores.get("churn", id);
      expect(stored !== undefined).toBe(at.get(id)?.state === "active");
      if (stored === undefined) continue;
      const score = churnScoreSchema.parse(stored.result);
      const month = score.chances.find(({ days }) => days === 30)!;
      const sum = score.reasons.reduce((total, { points }) => total + points, 0);
      const chance = month.voluntary + month.involuntary;
      expect(sum / 100 + score.typical).toBeCloseTo(chance, 6);
      expect(stored.risk).toBeCloseTo(chance, 9);
      expect(stored.valueMinor).toBe(score.valueAtRisk!.minor);
    }
  });

  it("keeps what a part of them was given, and a recomputation from the lake finds the same", async () => {
    const replay = await replayFeatures({
      store,
      lake: openLake(folder),
      now: () => NOW,
      fromMs: NOW - 1000,
      toMs: NOW + 1000,
    });
    expect(replay.rows).toBeGreaterThan(trained.scored / 8);
    expect(replay.rows).toBeLessThan(trained.scored / 2);
    expect([replay.mismatches, replay.foreign, replay.empty]).toEqual([0, 0, 0]);
  });

  it("answers a single question with the score that the batch gave", async () => {
    const featureLog = logFeatures(store.featureLog, { everyMs: 1e9 });
    const scorer = openChurnScorer({ store, featureLog, now: () => NOW });
    const replies = await Promise.all(ids.slice(0, 40).map((id) => scorer.score([id])));
    const scored = replies.flatMap(({ members }) => members).filter(({ score }) => score);
    expect(scored.length).toBeGreaterThan(10);
    for (const { memberId, score } of scored) {
      expect(score).toEqual((await store.scores.get("churn", memberId))!.result);
      expect(score!.fallback).toBeNull();
    }
    expect(scorer.counts.get("model")).toBe(scored.length);
    await featureLog.stop();
    const [first] = await store.featureLog.ofMember(scored[0]!.memberId, 10);
    expect(first).toMatchObject({ model: "churn", version: 1, fallback: null, atMs: NOW });
  });

  it("comes to the same bytes when it is done again, which is not better than itself", async () => {
    const again = await runTrainChurn({ store, lakeFolder: folder, now: () => NOW, tries: 1 });
    expect(again.version.sha256).toBe(trained.version.sha256);
    expect(again.version.version).toBe(2);
    expect(again.version.record.parents).toEqual([1]);
    expect(again.version.record.versus.map(({ brier }) => brier.value)).toEqual([0, 0]);
  });
});

describe("when something is missing", () => {
  const quiet = { log: () => {} };

  it("the plan's tenure answers for who has no features, and is counted", async () => {
    const featureStates = { ...store.featureStates, get: async () => new Map() };
    const scorer = openChurnScorer({
      store: { ...store, featureStates },
      featureLog: quiet,
      now: () => NOW,
    });
    const id = ids.find(isScored)!;
    const { members } = await scorer.score([id]);
    expect(members[0]!.score!.fallback).toBe("no-features");
    expect(scorer.counts.get("no-features")).toBe(1);
  });

  it("a published figure answers before any model, and the champion as soon as there is one", async () => {
    const blobs = createMemoryBlobStore();
    const bare = createStore(store.database, blobs);
    let version: number | undefined;
    const models = { ...store.models, versionOf: async () => version };
    const scorer = openChurnScorer({
      store: { ...bare, models },
      featureLog: quiet,
      now: () => NOW,
    });
    const id = ids.find(isScored)!;
    const before = await scorer.score([id]);
    expect(before.version).toBeNull();
    expect(before.members[0]!.score!.fallback).toBe("no-model");
    version = 1;
    scorer.championMoved();
    const after = await scorer.score([id]);
    expect(after.version).toBe(1);
    expect(after.members[0]!.score!.fallback).toBeNull();
  });

  it("a damaged file is refused and never answers; the figure without a model does", async () => {
    const damaged = { ...store.models, bytes: async () => new TextEncoder().encode("{") };
    const scorer = openChurnScorer({
      store: { ...store, models: damaged },
      featureLog: quiet,
      now: () => NOW,
    });
    const id = ids.find(isScored)!;
    const { members } = await scorer.score([id]);
    expect(members[0]!.score!.fallback).toBe("model-damaged");
  });

  it("nobody is scored who is unknown or does not pay", async () => {
    const scorer = openChurnScorer({ store, featureLog: quiet, now: () => NOW });
    const { members } = await scorer.score([987_654, ids.find((id) => !isScored(id))!]);
    expect(members.map(({ score }) => score)).toEqual([undefined, undefined]);
  });

  let scoredIds: ReadonlySet<number> = new Set();
  beforeAll(async () => {
    const at = await store.memberships.at(ids, NOW);
    scoredIds = new Set(ids.filter((id) => at.get(id)?.state === "active"));
  });
  function isScored(id: number): boolean {
    return scoredIds.has(id);
  }
});

describe("snapshots of members", () => {
  const DAY = 86_400_000;
  const untilMs = NOW - (NOW % DAY);
  const fromMs = untilMs - 300 * DAY;
  const paying: Change = {
    state: "active",
    atMs: fromMs - DAY,
    knownMs: fromMs - DAY,
    plan: "plus",
    billingInterval: "month",
    intervalCount: 1,
    priceMinor: 999,
    currency: "EUR",
  };
  const stepsOf = (most: number) => {
    const changes = new Map(Array.from({ length: 500 }, (_, i) => [i + 1, [paying]]));
    const found = snapshotsOf(changes, fromMs, untilMs, most);
    const times = [...new Set(found.map(({ atMs }) => atMs))].sort((a, b) => a - b);
    return { found, step: (times[1]! - times[0]!) / DAY, times: times.length };
  };

  it("are a fortnight apart, or four weeks where that is too many", () => {
    expect(stepsOf(1e6)).toMatchObject({ step: 14 });
    expect(stepsOf(1e6).found).toHaveLength(500 * stepsOf(1e6).times);
    expect(stepsOf(6000)).toMatchObject({ step: 28 });
  });

  it("are of some of the members where those are too many as well, each at all times or none", () => {
    const { found, step, times } = stepsOf(1000);
    expect(step).toBe(28);
    const members = new Set(found.map(({ memberId }) => memberId));
    expect(found).toHaveLength(members.size * times);
    expect(Math.abs(found.length / 1000 - 1)).toBeLessThan(0.25);
  });
});
