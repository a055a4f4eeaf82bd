// Members are erased over HTTP while everything runs: events come in, the follower folds, the lake is
// written, scores are asked for. Nobody else is disturbed, and nothing of the erased is left anywhere.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { exportLake } from "../../src/jobs/export-lake.ts";
import { createLogFollower } from "../../src/jobs/follow-log.ts";
import { replayFeatures } from "../../src/jobs/replay-features.ts";
import { drawEvents } from "../../src/lifecycle/membership/drawn.fixture.ts";
import { hashSecret } from "../../src/server/auth/secret.ts";
import { openLake, readNumbers } from "../../src/store/lake/index.ts";
import { LOCAL, openTestServer, signedIn, type TestServer } from "../server.ts";

const MEMBERS = 30;
const ERASED = 10;
const folder = mkdtempSync(join(tmpdir(), "waymark-midway-"));
let test: TestServer;
beforeAll(async () => {
  test = await openTestServer();
});
afterAll(async () => {
  await test.close();
  rmSync(folder, { recursive: true, force: true });
});

it("an erasure in the middle of everything leaves nothing, and stops nothing", async () => {
  const { store, server } = test;
  const { http } = server;
  await store.writeKeys.create(
    { hash: hashSecret("midway"), name: "midway", kind: "live" },
    Date.now(),
  );
  const { headers } = await signedIn(test, { name: "Ada", role: "admin" });
  const users = Array.from({ length: MEMBERS }, (_, i) => `midway-user-${i}`);
  const ids = (await store.members.resolve(
    users.map((value) => [{ kind: "user", value }]),
    1,
  )) as number[];
  // Half of them pay, so that there are memberships to fold and scores to give.
  const [paid] = drawEvents("0 active");
  const nowMs = Date.now();
  await store.events.append(
    ids.slice(0, 20).map((memberId) => ({
      ...paid!,
      memberId,
      messageId: `paid ${memberId}`,
      eventMs: nowMs - 86_400_000,
      createdMs: nowMs - 86_400_000,
      payload: { ...paid!.payload, periodEndMs: nowMs + 20 * 86_400_000, startedMs: null },
    })),
  );
  const follower = createLogFollower({ store, now: Date.now });
  const lake = openLake(join(folder, "lake"));
  await follower.catchUp();
  await exportLake({ store, lake, now: Date.now });

  let isOver = false;
  const faults: unknown[] = [];
  const again = async (work: (n: number) => Promise<unknown>): Promise<void> => {
    for (let n = 0; !isOver; n++) await work(n).catch((error) => faults.push(error));
  };
  const post = async (url: string, payload: object, more: Record<string, string>) => {
    const answer = await http.inject({
      method: "POST",
      url,
      headers: { ...LOCAL, ...more },
      payload,
    });
    if (answer.statusCode !== 200) faults.push(`${url} ${answer.statusCode} ${answer.body}`);
  };
  const running = [
    again((n) =>
      post(
        "/v1/batch",
        {
          batch: users.map((userId, i) => ({
            type: i === n % MEMBERS ? "identify" : "track",
            event: "Route Planned",
            userId,
            anonymousId: `midway-browser-${i}`,
            traits: { name: userId },
            messageId: `midway ${n} ${i}`,
          })),
        },
        { authorization: "Bearer midway" },
      ),
    ),
    again(() => follower.catchUp()),
    again(() => exportLake({ store, lake, now: Date.now })),
    again(() => post("/api/scores/churn", { userIds: users }, headers)),
  ];
  for (const id of ids.slice(0, ERASED)) {
    const url = `/api/members/${id}`;
    const answer = await http.inject({ method: "DELETE", url, headers });
    expect(answer.statusCode).toBe(204);
  }
  isOver = true;
  await Promise.all(running);
  expect(faults).toEqual([]);

  await follower.catchUp();
  await exportLake({ store, lake, now: Date.now });
  // What was served is written once a second.
  await sleep(1500);
  const erased = new Set(ids.slice(0, ERASED));
  const db = store.database.sql;
  for (const table of [
    ...(["event", "identity", "membership_change", "active_day", "feature_state"] as const),
    ...(["feature_log", "score", "refold"] as const),
  ]) {
    const rows = await db.selectFrom(table).select("member_id").distinct().execute();
    const left = rows.filter(({ member_id }) => erased.has(member_id));
    expect([table, left]).toEqual([table, []]);
  }
  for (const table of ["quarantine", "webhook", "audit", "member", "event"] as const) {
    const rows = await db.selectFrom(table).selectAll().execute();
    const said = JSON.stringify(rows);
    for (const user of users.slice(0, ERASED)) expect(said).not.toContain(`"${user}"`);
  }
  const [inLake] = await lake.query((duck) =>
    readNumbers(duck, "select distinct member_id from event order by 1"),
  );
  expect(Array.from(inLake!).filter((id) => erased.has(id))).toEqual([]);
  expect(Array.from(inLake!)).toEqual(ids.slice(ERASED));
  // And of the others everything is there, and served as it is told again.
  const states = await store.featureStates.get(ids);
  expect([...states.keys()].sort((a, b) => a - b)).toEqual(ids.slice(ERASED));
  const replay = await replayFeatures({
    store,
    lake,
    now: Date.now,
    fromMs: nowMs - 1000,
    toMs: Date.now() + 1000,
  });
  expect(replay.rows).toBeGreaterThan(0);
  expect(replay.mismatches).toBe(0);
}, 60_000);
