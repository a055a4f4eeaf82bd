// What the registry promises, on every engine: versions that never change, bytes that are checked,
// aliases that move one step at a time and say why, promotion through gates alone.
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { createRegistry, type Registry } from "../../src/platform/registry/registry.ts";
import type { ModelRecord, WrittenEstimate } from "../../src/schema/model.ts";
import type { Store } from "../../src/store/store.ts";
import { describeStores } from "./store-kinds.ts";

const NOW = Date.UTC(2026, 4, 1);

function estimate(value: number, reach: number): WrittenEstimate {
  return { value, lower: value - reach, upper: value + reach };
}

/** A record that every gate lets through, unless told otherwise. */
function record(change: Partial<ModelRecord> & { slope?: WrittenEstimate } = {}): ModelRecord {
  const { slope = estimate(1.02, 0.1), ...rest } = change;
  const score = {
    predictor: "model",
    auc: estimate(0.8, 0.02),
    brier: estimate(0.05, 0.01),
    logLoss: estimate(0.2, 0.02),
    ece: 0.01,
    eceChance: 0.02,
    slope,
    intercept: estimate(0, 0.1),
  };
  return {
    model: "test",
    seed: 1,
    code: "c0de",
    data: {
      rows: 10,
      groups: 5,
      fromMs: 0,
      toMs: 1,
      schema: "s",
      content: "d",
      features: ["a"],
      featureSet: "f",
    },
    parents: [],
    windows: [],
    parameters: { leaves: 4 },
    search: [],
    calibration: [],
    outcomes: [
      {
        name: "event",
        label: "it came",
        rows: 10,
        events: 2,
        rate: estimate(0.2, 0.1),
        scores: [score],
        gains: [{ over: "constant", brier: estimate(0.01, 0.005) }],
        reliability: [],
        lift: [],
      },
    ],
    slices: [],
    importance: [],
    alarms: [],
    versus: [],
    latencyP99Ms: 1,
    gates: [],
    ...rest,
  };
}

const versus = (version: number, value: number) => [
  { version, outcome: "event", brier: estimate(value, 0.001) },
];

describeStores("the registry", (kind) => {
  let store: Store;
  let registry: Registry;
  let adminId: number;
  beforeAll(() => kind.begin());
  afterAll(() => kind.end());
  beforeEach(async () => {
    store = await kind.open();
    registry = createRegistry(store.models);
    const admin = { name: "Ada", email: "ada@example.org", role: "admin" as const };
    adminId = (await store.athletes.create(admin, NOW)).id;
  });
  const register = (text: string, of: ModelRecord, at = NOW) =>
    registry.register(
      {
        model: "test",
        bytes: new TextEncoder().encode(text),
        record: of,
        cardOf: (_, version) => `# card ${version}`,
      },
      at,
    );
  const ask = <T extends object>(more: T) => ({
    model: "test",
    now: NOW + 9,
    byAthleteId: adminId,
    ...more,
  });

  it("keeps versions with bytes, record and card, and makes the first that passes champion", async () => {
    const first = await register("one", record());
    expect([first.version, first.alias]).toEqual([1, "champion"]);
    const read = await registry.read("test", "champion");
    expect(new TextDecoder().decode(read.bytes)).toBe("one");
    expect(read.card).toBe("# card 1");
    expect(read.record.data.content).toBe("d");
    expect(read.record.gates.every(({ verdict }) => verdict !== "failed")).toBe(true);
  });

  it("lets nothing through that a gate refuses, and says which and why", async () => {
    const off = await register("off", record({ slope: estimate(0.6, 0.1) }));
    expect(off.alias).toBe("candidate");
    expect(await store.models.versionOf("test", "champion")).toBeUndefined();
    const dry = await registry.promote(ask({ version: 1, isDry: true }));
    expect([dry.isAllowed, dry.isDone]).toEqual([false, false]);
    await expect(registry.promote(ask({ version: 1 }))).rejects.toThrow(
      /held back by event: calibration slope \(0\.60 \(0\.47–0\.73 at 99 %\); 0\.9–1\.1 is asked for\)/,
    );
  });

  it("is unsure where the rows are too few to tell, and does not hold back for it", async () => {
    const few = await register("few", record({ slope: estimate(0.8, 0.3) }));
    expect(few.alias).toBe("champion");
    const gate = few.record.gates.find(({ name }) => name.includes("slope"));
    expect(gate!.verdict).toBe("unsure");
  });

  it("replaces a champion only by one that is not worse on the same rows", async () => {
    await register("one", record());
    const worse = await register("two", record({ versus: versus(1, -0.0005) }));
    expect(worse.alias).toBe("challenger");
    const surely = await register("three", record({ versus: versus(1, -0.01) }));
    expect(surely.alias).toBe("candidate");
    const better = await register("four", record({ versus: versus(1, 0.002) }));
    expect(better.alias).toBe("champion");
    expect(await store.models.aliases("test")).toEqual([
      { model: "test", alias: "candidate", version: 4 },
      { model: "test", alias: "challenger", version: 2 },
      { model: "test", alias: "champion", version: 4 },
    ]);
  });

  it("rolls back in one step, and again to the one before that", async () => {
    await register("one", record());
    await register("two", record({ versus: versus(1, 0.002) }));
    await register("three", record({ versus: versus(2, 0.002) }));
    const dry = await registry.rollback(ask({ isDry: true }));
    expect([dry.from, dry.to, dry.isDone]).toEqual([3, 2, false]);
    expect(await store.models.versionOf("test", "champion")).toBe(3);
    expect((await registry.rollback(ask({}))).to).toBe(2);
    expect((await registry.rollback(ask({ reason: "still bad" }))).to).toBe(1);
    await expect(registry.rollback(ask({}))).rejects.toThrow(/no champion before/);
    const moves = await store.models.moves("test");
    expect(moves.at(-1)).toEqual({
      alias: "champion",
      from: 2,
      to: 1,
      atMs: NOW + 9,
      by: "Ada",
      reason: "still bad",
    });
  });

  it("moves an alias only from where it was thought to be", async () => {
    await register("one", record());
    const move = { model: "test", alias: "champion", to: 1, atMs: NOW, byAthleteId: null } as const;
    expect(await store.models.move({ ...move, reason: "late" }, null)).toBe(false);
    expect(await store.models.move({ ...move, reason: "right" }, 1)).toBe(true);
  });

  it("numbers versions one after the other when several register at once", async () => {
    const all = await Promise.all(["a", "b", "c", "d"].map((text) => register(text, record())));
    expect(all.map(({ version }) => version).sort()).toEqual([1, 2, 3, 4]);
  });

  it("keeps a model's bytes when unused bytes are swept away", async () => {
    const { sha256 } = await register("kept", record());
    await store.sweep(NOW + 90 * 86_400_000);
    expect(await store.blobs.has(sha256)).toBe(true);
  });

  it("refuses bytes that are gone or not those of the hash, naming version and model", async () => {
    const { sha256 } = await register("one", record());
    await store.blobs.remove(sha256);
    await expect(registry.read("test", 1)).rejects.toMatchObject({
      code: "STORE_DAMAGED",
      message: expect.stringMatching(/version 1 of model 'test' cannot be used: /),
    });
    await expect(registry.read("test", 7)).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(registry.read("none", "champion")).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("keeps one score a member and model, the newest, and forgets those who are gone", async () => {
    const members = await store.members.resolve(
      [[{ kind: "user", value: "a" }], [{ kind: "user", value: "b" }]],
      NOW,
    );
    const [a, b] = members as readonly number[];
    const score = { version: 1, atMs: NOW, result: { p: 0.1 }, risk: 0.1, valueMinor: 500 };
    await store.scores.put("test", [
      { ...score, memberId: a! },
      { ...score, memberId: b! },
      { ...score, memberId: 999_999 },
    ]);
    await store.scores.put("test", [{ ...score, memberId: a!, atMs: NOW + 1, risk: 0.2 }]);
    expect(await store.scores.get("test", a!)).toMatchObject({ risk: 0.2, result: { p: 0.1 } });
    expect(await store.scores.removeBefore("test", NOW + 1)).toBe(1);
    expect(await store.scores.newest("test")).toEqual({ count: 1, atMs: NOW + 1, version: 1 });
    expect(await store.scores.get("test", b!)).toBeUndefined();
  });
});
