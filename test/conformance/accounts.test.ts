// What every engine promises of accounts, sign-ins, tokens, invitations, settings and the audit.
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { Store } from "../../src/store/store.ts";
import { keepFile, NOW } from "./kept-recording.ts";
import { describeStores } from "./store-kinds.ts";
import { storedActivity } from "./stored-activity.ts";

/** Tables that hold what an athlete owns. */
const OWNED = [
  "athlete",
  "session",
  "access_token",
  "blob",
  "upload",
  "recording",
  "activity",
  "activity_stream",
  "match",
] as const;

describeStores("accounts", (kind) => {
  let store: Store;
  beforeAll(() => kind.begin());
  afterAll(() => kind.end());
  beforeEach(async () => {
    store = await kind.open();
  });

  it("an email stands once, whatever its case", async () => {
    const ann = await store.athletes.create({ name: "Ann", email: "Ann@Example.org" }, NOW);
    expect(ann).toEqual({
      id: 1,
      email: "Ann@Example.org",
      name: "Ann",
      role: "athlete",
      passwordHash: null,
      createdMs: NOW,
      disabledMs: null,
      units: "metric",
      visibility: "only_me",
    });
    await expect(
      store.athletes.create({ name: "Other", email: "ann@example.ORG" }, NOW),
    ).rejects.toMatchObject({ code: "EMAIL_TAKEN" });
    expect(await store.athletes.byEmail("ANN@example.org")).toEqual(ann);
    expect(await store.athletes.byEmail("' or 1=1 --")).toBeUndefined();
    const bob = await store.athletes.create({ name: "Bob", email: "b@example.org" }, NOW);
    await expect(store.athletes.update(bob.id, { email: "ANN@EXAMPLE.ORG" })).rejects.toMatchObject(
      { code: "EMAIL_TAKEN" },
    );
    await expect(store.athletes.get(99)).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(store.athletes.update(99, { name: "x" })).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
  });

  it("of many who open an account with one email at once, one does", async () => {
    const opened = await Promise.allSettled(
      Array.from({ length: 8 }, (_, i) =>
        store.athletes.create({ name: `${i}`, email: i % 2 ? "a@b.c" : "A@B.C" }, NOW),
      ),
    );
    expect(opened.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const each of opened) {
      if (each.status === "rejected") expect(each.reason).toMatchObject({ code: "EMAIL_TAKEN" });
    }
  });

  it("a local account is one of its name, also when many ask at once", async () => {
    const found = await Promise.all(
      Array.from({ length: 8 }, () => store.athletes.local("you", NOW)),
    );
    expect(new Set(found.map(({ id }) => id)).size).toBe(1);
    const named = await store.athletes.create({ name: "you", email: "y@example.org" }, NOW);
    expect((await store.athletes.local("you", NOW)).id).not.toBe(named.id);
    expect(await store.athletes.list()).toHaveLength(2);
  });

  it("a session is found until it ends, and never for a disabled account", async () => {
    const { id } = await store.athletes.create({ name: "Ann" }, NOW);
    const session = { hash: "s1", athleteId: id, expiresMs: NOW + 100 };
    await store.sessions.create(session, NOW);
    expect(await store.sessions.find("s1", NOW)).toMatchObject({
      createdMs: NOW,
      seenMs: NOW,
      athlete: { id, name: "Ann", createdMs: NOW },
    });
    expect(await store.sessions.find("s1", NOW + 100)).toBeUndefined();
    await store.sessions.touch("s1", NOW + 50, NOW + 200);
    expect(await store.sessions.find("s1", NOW + 100)).toMatchObject({ seenMs: NOW + 50 });
    await store.athletes.update(id, { disabledMs: NOW });
    expect(await store.sessions.find("s1", NOW)).toBeUndefined();
    await store.athletes.update(id, { disabledMs: null });
    for (const hash of ["s2", "s3"]) await store.sessions.create({ ...session, hash }, NOW);
    await store.sessions.removeAll(id, "s2");
    expect(await store.sessions.find("s1", NOW)).toBeUndefined();
    expect(await store.sessions.find("s2", NOW)).toBeDefined();
    expect(await store.sessions.purge(NOW + 100)).toBe(1);
    await store.sessions.create(session, NOW);
    await store.sessions.remove("s1");
    expect(await store.sessions.find("s1", NOW)).toBeUndefined();
  });

  it("a token is found by its hash alone, ends in time, and only its athlete removes it", async () => {
    const ann = await store.athletes.create({ name: "Ann" }, NOW);
    const bob = await store.athletes.create({ name: "Bob" }, NOW);
    const scopes = ["activity:read", "activity:write"];
    const token = await store.tokens.create(
      { hash: "h1", athleteId: ann.id, name: "watch", scopes, expiresMs: NOW + 100 },
      NOW,
    );
    const for_ever = { hash: "h2", athleteId: ann.id, name: "x", scopes: [], expiresMs: null };
    await store.tokens.create(for_ever, NOW);
    expect(await store.tokens.find("h1", NOW)).toEqual({
      token: { ...token, usedMs: null },
      athlete: ann,
    });
    expect(token).toMatchObject({ scopes, name: "watch" });
    expect((await store.tokens.find("h1", NOW + 99))?.token.usedMs).toBe(NOW);
    expect(await store.tokens.find("h1", NOW + 100)).toBeUndefined();
    expect(await store.tokens.find("h2", NOW * 2)).toBeDefined();
    expect(await store.tokens.find("", NOW)).toBeUndefined();
    expect((await store.tokens.list(ann.id)).map(({ name }) => name)).toEqual(["x", "watch"]);
    expect(JSON.stringify(await store.tokens.list(ann.id))).not.toContain("h1");
    await expect(store.tokens.remove(bob.id, token.id)).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
    await store.tokens.remove(ann.id, token.id);
    expect(await store.tokens.find("h1", NOW)).toBeUndefined();
  });

  it("an invitation opens one account, with its role, and nothing when the account fails", async () => {
    const admin = await store.athletes.create({ name: "Root", email: "r@x.y", role: "admin" }, NOW);
    const invitation = await store.invitations.create(
      { hash: "i", role: "growth", createdBy: admin.id, expiresMs: NOW + 100 },
      NOW,
    );
    expect(await store.invitations.find("i", NOW + 100)).toBeUndefined();
    await expect(
      store.invitations.accept("i", { name: "A", email: "R@X.Y" }, NOW),
    ).rejects.toMatchObject({ code: "EMAIL_TAKEN" });
    expect(await store.invitations.find("i", NOW)).toEqual(invitation);
    const tries = await Promise.allSettled(
      ["a", "b", "c"].map((name) =>
        store.invitations.accept("i", { name, email: `${name}@x.y` }, NOW),
      ),
    );
    const won = tries.filter((each) => each.status === "fulfilled");
    expect(won).toHaveLength(1);
    expect(won[0]!.value.role).toBe("growth");
    expect(await store.athletes.list()).toHaveLength(2);
    expect((await store.invitations.list())[0]).toMatchObject({
      acceptedMs: NOW,
      acceptedBy: won[0]!.value.id,
    });
    await store.invitations.remove(invitation.id);
    await expect(store.invitations.remove(invitation.id)).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
  });

  it("what belongs to an account goes with it; the audit stays", async () => {
    const { id } = await store.athletes.create({ name: "Ann" }, NOW);
    await store.sessions.create({ hash: "s", athleteId: id, expiresMs: NOW * 2 }, NOW);
    await store.tokens.create(
      { hash: "t", athleteId: id, name: "t", scopes: [], expiresMs: null },
      NOW,
    );
    const blob = await store.blobs.put(Buffer.from("bytes"));
    await store.uploads.receive({ athleteId: id, blob, fileName: "a.fit" }, NOW);
    const match = { networkVersion: "net-1", profile: "foot", sigmaM: 4, rmsM: 3, pieces: [] };
    const walk = storedActivity("w");
    const matched = { ...walk, detail: { ...walk.detail, match } };
    await keepFile(store, id, "w.fit", [matched], { path: "in/w.fit" });
    for (const table of OWNED) {
      expect(await store.database.sql.selectFrom(table).selectAll().execute(), table).not.toEqual(
        [],
      );
    }
    await store.audit.add({
      atMs: NOW,
      athleteId: id,
      action: "athlete.delete",
      subject: "athlete 1",
    });
    await store.athletes.remove(id, 1);
    await store.athletes.remove(id, 1);
    for (const table of OWNED) {
      expect(await store.database.sql.selectFrom(table).selectAll().execute(), table).toEqual([]);
    }
    for await (const { sha256 } of store.blobs.list()) expect.fail(`${sha256} is left`);
    expect(await store.audit.list({ athleteId: id })).toHaveLength(1);
  });

  it("an upload goes its way once, and lists in pages", async () => {
    const { id: athleteId } = await store.athletes.create({ name: "Ann" }, NOW);
    const ids: number[] = [];
    for (let i = 0; i < 5; i++) {
      const blob = await store.blobs.put(Buffer.from(`${i}`));
      const upload = await store.uploads.receive(
        { athleteId, blob, fileName: `${i}\0.fit`, externalId: `e${i}`, fields: { name: "x" } },
        NOW,
      );
      expect(upload).toMatchObject({ status: "received", fileName: `${i}.fit`, error: null });
      ids.push(upload.id);
    }
    for (let tries = 0; tries < 2; tries++) {
      expect(await store.uploads.begin(ids[0]!, NOW)).toMatchObject({
        fileName: "0.fit",
        status: "processing",
      });
    }
    const error = { code: "TRACK_FORMAT", message: "0.fit is a picture", choices: ["fit"] };
    await store.uploads.fail(ids[0]!, error, NOW + 1);
    await store.uploads.fail(ids[0]!, { code: "X", message: "later" }, NOW + 2);
    expect(await store.uploads.get(ids[0]!)).toMatchObject({
      status: "failed",
      error,
      updatedMs: NOW + 1,
    });
    expect(await store.uploads.begin(ids[0]!, NOW)).toBeUndefined();
    expect(await store.uploads.begin(99, NOW)).toBeUndefined();
    expect((await store.uploads.unfinished()).map(({ id }) => id)).toEqual(ids.slice(1));
    expect(await store.uploads.countUnfinished()).toBe(4);
    const first = await store.uploads.list(athleteId, { limit: 3 });
    expect(first.uploads.map(({ id }) => id)).toEqual([5, 4, 3]);
    const second = await store.uploads.list(athleteId, { limit: 3, before: first.next! });
    expect(second).toMatchObject({ uploads: [{ id: 2 }, { id: 1 }], next: null });
    expect((await store.uploads.list(athleteId, { status: ["failed"] })).uploads).toHaveLength(1);
    expect(await store.uploads.count(athleteId)).toMatchObject({
      failed: 1,
      received: 4,
      ready: 0,
    });
    await expect(store.uploads.get(99)).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("a failed upload is tried again, once and with its bytes alone", async () => {
    const { id: athleteId } = await store.athletes.create({ name: "Ann" }, NOW);
    const blob = await store.blobs.put(Buffer.from("x"));
    const { id } = await store.uploads.receive({ athleteId, blob, fileName: "x.fit" }, NOW);
    const sent: number[] = [];
    const retry = () =>
      store.uploads.retry(id, NOW + 2, async (_tx, upload) => void sent.push(upload.id));
    await expect(retry()).rejects.toMatchObject({ code: "USAGE" });
    await store.uploads.fail(id, { code: "TRACK_FORMAT", message: "no" }, NOW + 1);
    expect(await retry()).toMatchObject({ status: "received", error: null, updatedMs: NOW + 2 });
    await expect(retry()).rejects.toMatchObject({ code: "USAGE" });
    expect(sent).toEqual([id]);
    expect((await store.uploads.unfinished()).map((upload) => upload.id)).toEqual([id]);
  });

  it("notes what became of imported files, once a path and bytes, with the newest fate", async () => {
    const { id: athleteId } = await store.athletes.create({ name: "Ann" }, NOW);
    const received = await store.uploads.receive(
      { athleteId, blob: await store.blobs.put(Buffer.from("x")), fileName: "x.fit" },
      NOW,
    );
    const sha256 = received.sha256!;
    const ready = { status: "ready", code: null, message: null, activityIds: [7] } as const;
    const failed = {
      status: "failed",
      code: "FILE_READ",
      message: "no\0",
      activityIds: [],
    } as const;
    const long = `${"d/".repeat(400)}c.fit`;
    const files = [
      { athleteId, path: "in/a.fit", sha256, byteLength: 1, fate: ready },
      { athleteId, path: "in/b.fit", sha256: null, byteLength: 2, fate: failed },
      { athleteId, path: long, sha256: null, byteLength: 3, fate: failed },
      { athleteId, path: "in/b.fit", sha256: null, byteLength: 2, fate: failed },
      { athleteId, path: "gone.fit", sha256: "f".repeat(64), byteLength: 1, fate: ready },
      { athleteId: 99, path: "in/a.fit", sha256: null, byteLength: 1, fate: failed },
    ];
    await store.uploads.note(files, NOW);
    await store.uploads.note(files, NOW + 1);
    const { uploads } = await store.uploads.list(athleteId);
    expect(uploads).toMatchObject([
      { fileName: "c.fit", externalId: long.slice(-300), byteLength: 3, status: "failed" },
      { fileName: "b.fit", externalId: "in/b.fit", status: "failed", updatedMs: NOW },
      { fileName: "a.fit", sha256, status: "ready", activityIds: [7], byteLength: 1 },
      { id: received.id, status: "received" },
    ]);
    expect(uploads[0]!.error).toEqual({ code: "FILE_READ", message: "no", choices: [] });

    const copy = { ...ready, status: "duplicate", message: "duplicate of activity 7" } as const;
    const now = { athleteId, path: "in/b.fit", byteLength: 1 };
    await store.uploads.note(
      [
        { ...now, path: "in/a.fit", sha256, fate: copy },
        { ...now, sha256, fate: copy },
      ],
      NOW + 2,
    );
    // The file that was refused is another than the one that has its name now.
    expect((await store.uploads.list(athleteId)).uploads).toMatchObject([
      { externalId: "in/b.fit", status: "duplicate" },
      { externalId: long.slice(-300) },
      { externalId: "in/b.fit", status: "failed" },
      { externalId: "in/a.fit", status: "duplicate", createdMs: NOW, updatedMs: NOW + 2 },
      { status: "received" },
    ]);
    expect((await store.uploads.list(athleteId, { sha256 })).uploads).toHaveLength(3);
    await store.uploads.note([], NOW);
  });

  it("refuses an upload of an account that went away", async () => {
    const blob = await store.blobs.put(Buffer.from("x"));
    await expect(
      store.uploads.receive({ athleteId: 7, blob, fileName: "x.fit" }, NOW),
    ).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("refuses an upload whose bytes were removed while it was received", async () => {
    const { id: athleteId } = await store.athletes.create({ name: "Ann" }, NOW);
    const blob = await store.blobs.put(Buffer.from("x"));
    await store.blobs.remove(blob.sha256);
    await expect(
      store.uploads.receive({ athleteId, blob, fileName: "x.fit" }, NOW),
    ).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    expect(await store.uploads.unfinished()).toEqual([]);
  });

  it("sweeps bytes that nothing refers to, once they are old enough", async () => {
    const { id: athleteId } = await store.athletes.create({ name: "Ann" }, NOW);
    const kept = await store.blobs.put(Buffer.from("kept"));
    await store.uploads.receive({ athleteId, blob: kept, fileName: "x.fit" }, NOW);
    const orphan = await store.blobs.put(Buffer.from("orphan"));
    expect(await store.sweep(NOW + 9e6)).toBe(1);
    expect([await store.blobs.has(kept.sha256), await store.blobs.has(orphan.sha256)]).toEqual([
      true,
      false,
    ]);
    await store.database.sql.deleteFrom("upload").execute();
    expect(await store.sweep(NOW + 10)).toBe(0);
    expect(await store.sweep(NOW + 9e6)).toBe(1);
    expect(await store.blobs.has(kept.sha256)).toBe(false);
  });

  it("settings are values by name, and the last one said stands", async () => {
    expect(await store.settings.get("signup")).toBeUndefined();
    await store.settings.set("signup", "open", NOW);
    await store.settings.set("signup", { mode: "invited", text: "a\0b" }, NOW);
    await store.settings.set("other", null, NOW);
    expect(await store.settings.all()).toEqual({
      other: null,
      signup: { mode: "invited", text: "ab" },
    });
  });

  it("a statement that goes round its own transaction is a bug, not a standstill", async () => {
    if (store.database.kind !== "pglite") return;
    const round = store.database.transaction(() => store.settings.get("x"));
    await expect(round).rejects.toThrow("goes round the transaction");
    expect(await store.settings.get("x")).toBeUndefined();
  });

  it("a transaction that went on after a failed statement is rolled back, and says so", async () => {
    const bad = store.database.transaction(async (tx) => {
      await tx.insertInto("setting").values({ key: "a", value: "1", updated_ms: 1 }).execute();
      await tx
        .insertInto("setting")
        .values({ key: "b", value: "no json", updated_ms: 1 })
        .execute()
        .catch(() => {});
    });
    await expect(bad).rejects.toThrow();
    expect(await store.settings.all()).toEqual({});
  });
});
