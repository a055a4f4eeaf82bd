// A small world through the real doors of a server: what is kept, and that a second telling adds nothing.
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTestServer, type TestServer } from "../../test/server.ts";
import { foldMembership } from "../lifecycle/membership/index.ts";
import type { MembershipState } from "../schema/billing.ts";
import type { MemberEvent } from "../schema/member-event.ts";
import { type MemberWorld, MemberWorld as World } from "../sim/member/index.ts";
import { type MemberDoors, openDoors, removeMembers, simulateMembers } from "./simulate-members.ts";

const UNTIL = Date.UTC(2026, 9, 31, 12);
const world = { seed: 3, members: 60, days: 60, historyDays: 200, until: UNTIL };

let test: TestServer;
let doors: MemberDoors;
beforeAll(async () => {
  test = await openTestServer();
  doors = await openDoors(test.store, await test.server.start(0, "127.0.0.1"), Date.now());
});
afterAll(async () => test.close());

const send = (more: Partial<Parameters<typeof simulateMembers>[0]> = {}) =>
  simulateMembers({ doors, world, signal: new AbortController().signal, ...more });

async function log(): Promise<readonly MemberEvent[]> {
  return await test.store.events.read(0, 100_000);
}

/** How the simulator's own state is called outside. */
const STATES: Readonly<Record<number, readonly MembershipState[]>> = {
  0: ["free"],
  1: ["free"],
  2: ["trialing"],
  3: ["active", "won_back"],
  4: ["auto_renew_off"],
  5: ["grace"],
  6: ["expired_voluntary"],
  7: ["expired_involuntary"],
};

describe("simulated members at a server's doors", () => {
  it("arrive whole: everything is kept once, nothing is set aside", async () => {
    const sent = await send();
    expect(sent.isComplete).toBe(true);
    const events = await log();
    expect(events.length).toBeGreaterThan(1500);
    expect(await test.store.webhooks.count()).toMatchObject({ quarantined: 0 });
    const members = await test.store.members.list({ limit: 100 });
    expect(members.members).toHaveLength(60);
    for (const { eventMs, createdMs } of events) {
      expect(eventMs).toBeLessThanOrEqual(createdMs);
      expect(createdMs).toBeLessThan(UNTIL);
    }
  });

  it("have the memberships that they live", async () => {
    const lived: MemberWorld = new World(world);
    while (lived.step());
    const byMember = new Map<number, MemberEvent[]>();
    for (const event of await log()) {
      const own = byMember.get(event.memberId);
      if (own) own.push(event);
      else byMember.set(event.memberId, [event]);
    }
    const idOf = new Map<string, number>();
    for (const id of byMember.keys()) {
      for (const { kind, value } of await test.store.members.identities(id)) {
        if (kind === "user") idOf.set(value, id);
      }
    }
    const wrong = lived.lives.flatMap(({ person, status, paid }) => {
      const changes = foldMembership(byMember.get(idOf.get(person.userId)!)!);
      const state = changes.findLast(({ atMs, knownMs }) => Math.max(atMs, knownMs) < UNTIL)?.state;
      // Whoever left within the trial has never paid: such a member is free.
      const expected = status === 6 && paid === 0 ? ["free"] : STATES[status]!;
      const isRight = expected.includes(state ?? "free");
      return isRight ? [] : [`${person.userId}: ${status} is folded to ${state}`];
    });
    // What is decided in the last afternoon is not told any more.
    expect(wrong.length, wrong.join("\n")).toBeLessThanOrEqual(1);
  });

  it("told twice are kept once", async () => {
    const before = (await log()).length;
    await send();
    expect((await log()).length).toBe(before);
  });

  it("go on where they were interrupted", async () => {
    const stop = new AbortController();
    const noteFile = join(tmpdir(), `waymark-members-${process.pid}.json`);
    const first = await send({
      noteFile,
      signal: stop.signal,
      onProgress: (done) => {
        if (done === 100) stop.abort();
      },
    });
    expect(first.isComplete).toBe(false);
    const second = await send({ noteFile });
    expect(second.isComplete).toBe(true);
    const whole = await send();
    expect(second.webhooks).toBeLessThan(whole.webhooks);
    expect(first.webhooks + second.webhooks).toBeGreaterThanOrEqual(whole.webhooks);
    rmSync(noteFile);
  });

  it("say in a sentence why a door is shut", async () => {
    const wrong = { ...doors, writeKey: "wk_unknown" };
    await expect(send({ doors: wrong })).rejects.toMatchObject({ code: "USAGE" });
  });

  it("taken out of the store leave nothing, and come again as new", async () => {
    await removeMembers(test.store, world.seed, 0, world.members);
    expect(await test.store.members.count()).toBe(0);
    expect(await log()).toEqual([]);
    const sent = await send();
    expect(sent.isComplete).toBe(true);
    expect((await log()).length).toBeGreaterThan(1500);
  });
});
