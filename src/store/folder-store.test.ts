// What only a folder can get wrong: damage, crashes, a second process. The common promises are in
// test/conformance/activity-store.test.ts.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { storedActivity } from "../../test/conformance/stored-activity.ts";
import { createRng, integer } from "../base/index.ts";
import { openFolderStore } from "./folder-store.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "waymark-folder-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

async function filled(...ids: readonly string[]): Promise<void> {
  const store = openFolderStore(folder, { write: true });
  for (const id of ids) await store.put(storedActivity(id));
  await store.close();
}
const activityFile = (id: string): string => join(folder, "activity", `${id}.activity`);

describe("a folder that was damaged", () => {
  it("reports a file cut short and serves the others", async () => {
    await filled("good", "bad");
    truncateSync(activityFile("bad"), 20);
    const store = openFolderStore(folder, { write: false });
    expect((await store.list()).map((a) => a.id)).toEqual(["good"]);
    expect(store.damaged).toHaveLength(1);
    expect(store.damaged[0]).toMatchObject({ code: "STORE_DAMAGED" });
    expect(store.damaged[0]?.message).toContain("bad.activity");
    await expect(store.detail("bad")).rejects.toMatchObject({ code: "STORE_DAMAGED" });
  });

  it("finds one wrong byte in detail and streams", async () => {
    await filled("a");
    const bytes = readFileSync(activityFile("a"));
    for (const at of [bytes.length - 1, bytes.length >> 1]) {
      const broken = Buffer.from(bytes);
      broken[at]! ^= 0x10;
      writeFileSync(activityFile("a"), broken);
      const store = openFolderStore(folder, { write: false });
      await expect(store.detail("a")).rejects.toMatchObject({ code: "STORE_DAMAGED" });
      await expect(store.streams("a")).rejects.toMatchObject({ code: "STORE_DAMAGED" });
    }
  });

  it("survives any wrong byte and any cut, also without an index", async () => {
    await filled("a", "b");
    const bytes = readFileSync(activityFile("a"));
    const rng = createRng(7);
    for (let i = 0; i < 150; i++) {
      const broken =
        i % 2 === 0 ? bytes.subarray(0, integer(rng, bytes.length)) : Buffer.from(bytes);
      if (i % 2 === 1) broken[integer(rng, bytes.length)]! ^= 1 << integer(rng, 8);
      writeFileSync(activityFile("a"), broken);
      rmSync(join(folder, "activity.index"), { force: true });
      const store = openFolderStore(folder, { write: false });
      // The summary alone has no checksum: it may be believed, the rest is not.
      const ids = (await store.list()).map(({ id }) => id);
      expect(ids).toContain("b");
      await expect(store.detail("a")).rejects.toMatchObject({ code: "STORE_DAMAGED" });
    }
  });

  it("rebuilds a lost or foreign index from the files", async () => {
    await filled("a", "b");
    const before = await openFolderStore(folder, { write: false }).list();
    for (const content of [
      undefined,
      "not an index\n{}\n[1]\nnull\n",
      '{"size":1,"mtimeMs":0,"summary":{"id":"ghost"}}\n',
    ]) {
      rmSync(join(folder, "activity.index"));
      if (content !== undefined) writeFileSync(join(folder, "activity.index"), content);
      else appendFileSync(join(folder, "activity.index"), "");
      const store = openFolderStore(folder, { write: false });
      expect(await store.list()).toEqual(before);
    }
  });

  it("passes over a line of the recording log that was cut short, and writes behind it", async () => {
    const result = { file: "a.fit", status: "ok" as const, repairs: [], activities: [] };
    const first = openFolderStore(folder, { write: true });
    await first.putRecording({ hash: "1".repeat(64), readWith: "x", result });
    await first.close();
    appendFileSync(join(folder, "recording.log"), '{"hash":"2222');
    const second = openFolderStore(folder, { write: true });
    await second.putRecording({ hash: "3".repeat(64), readWith: "x", result });
    await second.close();
    const third = openFolderStore(folder, { write: false });
    expect([...third.recordings()].map((entry) => entry.hash[0]).sort()).toEqual(["1", "3"]);
  });

  it("removes what a killed writer left half-written", async () => {
    await filled("a");
    writeFileSync(join(folder, "activity", "b.activity.0.tmp"), "half");
    const store = openFolderStore(folder, { write: true });
    await store.close();
    expect(readdirSync(join(folder, "activity"))).toEqual(["a.activity"]);
  });
});

describe("two processes", () => {
  it("a second writer is told who writes", () => {
    const first = openFolderStore(folder, { write: true });
    expect(() => openFolderStore(folder, { write: true })).toThrow(
      expect.objectContaining({
        code: "STORE_LOCKED",
        message: expect.stringContaining(String(process.pid)),
      }),
    );
    return first.close();
  });

  it("a reader needs no lock and sees what the writer adds", async () => {
    const writer = openFolderStore(folder, { write: true });
    await writer.put(storedActivity("a"));
    const reader = openFolderStore(folder, { write: false });
    expect(await reader.list()).toHaveLength(1);
    await writer.put(storedActivity("b"));
    expect((await reader.list()).map((a) => a.id).sort()).toEqual(["a", "b"]);
    expect((await reader.detail("b")).id).toBe("b");
    await writer.remove("a");
    expect((await reader.list()).map((a) => a.id)).toEqual(["b"]);
    await writer.close();
  });

  it("reading a folder that does not exist finds nothing and creates nothing", async () => {
    const missing = join(folder, "missing");
    const store = openFolderStore(missing, { write: false });
    expect(await store.list()).toEqual([]);
    await store.close();
    expect(existsSync(missing)).toBe(false);
  });

  it("takes over the lock of a process that died", async () => {
    const dead = spawnSync(process.execPath, ["-e", ""]);
    const lock = { token: "t", pid: dead.pid, host: hostname(), startedAt: "" };
    writeFileSync(join(folder, "lock"), JSON.stringify(lock));
    await openFolderStore(folder, { write: true }).close();
    expect(existsSync(join(folder, "lock"))).toBe(false);
  });

  it("takes over the lock of a process whose number another one has now", async () => {
    // Only where the kernel tells when a process began.
    if (process.platform !== "linux") return;
    const lock = { token: "t", pid: process.pid, host: hostname(), startedAt: "another boot 1" };
    writeFileSync(join(folder, "lock"), JSON.stringify(lock));
    await openFolderStore(folder, { write: true }).close();
  });

  it("takes over a lock that is not readable, and one of a host that fell silent", async () => {
    writeFileSync(join(folder, "lock"), "");
    await openFolderStore(folder, { write: true }).close();
    const lock = { token: "t", pid: 1, host: "elsewhere", startedAt: "" };
    writeFileSync(join(folder, "lock"), JSON.stringify(lock));
    expect(() => openFolderStore(folder, { write: true })).toThrow(/elsewhere/);
    const { utimesSync } = await import("node:fs");
    utimesSync(join(folder, "lock"), new Date(0), new Date(0));
    await openFolderStore(folder, { write: true }).close();
  });

  it("a writer that lost its lock stops", async () => {
    const store = openFolderStore(folder, { write: true });
    rmSync(join(folder, "lock"));
    const second = openFolderStore(folder, { write: true });
    await expect(store.put(storedActivity("a"))).rejects.toMatchObject({ code: "STORE_LOCKED" });
    await store.close();
    await second.put(storedActivity("b"));
    await second.close();
  });

  it("a writer killed in the middle leaves whole activities only", async () => {
    const script = `
import { openFolderStore } from ${JSON.stringify(join(import.meta.dirname, "folder-store.ts"))};
      import { storedActivity } from ${JSON.stringify(join(import.meta.dirname, "../../test/conformance/stored-activity.ts"))};
      const store = openFolderStore(${JSON.stringify(folder)}, { write: true });
      for (let i = 0; ; i++) {
        await store.put(storedActivity("a" + i, { rows: 2000 }));
        if (i === 20) console.log("ready");
      }`;
    const child = spawn(process.execPath, ["--input-type=module-typescript", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    child.kill("SIGKILL");
    await once(child, "exit");
    const store = openFolderStore(folder, { write: true });
    const list = await store.list();
    expect(list.length).toBeGreaterThan(20);
    expect(store.damaged).toEqual([]);
    for (const { id } of list) expect((await store.streams(id)).timeS).toHaveLength(2000);
    await store.close();
  });
});

it("lists 10,000 activities from the index without opening their files", async () => {
  await filled("a0");
  const { summary } = JSON.parse(readFileSync(join(folder, "activity.index"), "utf8"));
  const lines: string[] = [];
  for (let i = 0; i < 10_000; i++) {
    // No activities: to open one of them would report damage.
    writeFileSync(activityFile(`b${i}`), "x");
    const { size, mtimeMs } = statSync(activityFile(`b${i}`));
    lines.push(JSON.stringify({ size, mtimeMs, summary: { ...summary, id: `b${i}` } }));
  }
  appendFileSync(join(folder, "activity.index"), `${lines.join("\n")}\n`);
  const store = openFolderStore(folder, { write: false });
  expect(await store.list()).toHaveLength(10_001);
  expect(store.damaged).toEqual([]);
}, 60_000);
