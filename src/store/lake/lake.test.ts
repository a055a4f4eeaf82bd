import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { MemberEvent } from "../../schema/member-event.ts";
import { type DuckDBConnection, readNumbers } from "./duckdb.ts";
import { type Lake, lakeDefaults, openLake } from "./lake.ts";

const root = mkdtempSync(join(tmpdir(), "waymark-lake-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let lakes = 0;
const newLake = (): Lake => openLake(join(root, `lake ${++lakes}'s`));

const DAY_MS = 86_400_000;
/** @param n seq, day and member are told from it */
const event = (n: number, over: Partial<MemberEvent> = {}): MemberEvent => ({
  seq: n,
  source: "segment",
  messageId: `m${n}`,
  memberId: 1 + (n % 5),
  kind: "track:Route Planned",
  eventMs: 1_700_000_000_000 + (n % 10) * DAY_MS,
  createdMs: 1_700_000_000_000 + 10 * DAY_MS + n,
  payload: { name: 'O\'Hara "ü"', n },
  ...over,
});
const span = (from: number, to: number): MemberEvent[] =>
  Array.from({ length: to - from + 1 }, (_, i) => event(from + i));

const seqs = (lake: Lake): Promise<number[]> =>
  lake.query(async (db) => [...(await readNumbers(db, "select seq from event order by seq"))[0]!]);
const count = (members: string) => async (db: DuckDBConnection) =>
  (await readNumbers(db, `select count(*) from event where member_id in (${members})`))[0]![0];

/** What any other tool sees: every file below `event`. */
async function globbed(lake: Lake): Promise<number> {
  const files = readdirSync(join(lake.folder, "event"), { recursive: true, encoding: "utf8" });
  let rows = 0;
  for (const file of files.filter((name) => name.endsWith(".parquet"))) {
    const path = join(lake.folder, "event", file).replaceAll("'", "''");
    await openLake(join(root, "none")).query(async (db) => {
      rows += (await readNumbers(db, `select count(*) from read_parquet('${path}')`))[0]![0]!;
    });
  }
  return rows;
}

describe("a lake", () => {
  it("that is not there answers with no event", async () => {
    expect(await seqs(newLake())).toEqual([]);
  });

  it("holds each event once, in a folder of the day on which it happened", async () => {
    const lake = newLake();
    await lake.append(span(1, 60), 60);
    await lake.append(span(61, 100), 100);
    expect(await seqs(lake)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
    expect(lake.manifest().seq).toBe(100);
    expect(lake.manifest().files.reduce((n, file) => n + file.rows, 0)).toBe(100);
    expect(lake.manifest().files[0]!.path).toMatch(/^event\/dt=2023-11-1\d\//);
    const { payload, value } = await lake.query(async (db) => {
      const read = await db.runAndReadAll("select payload, value from event where seq = 7");
      return read.getRowObjects()[0]!;
    });
    expect(JSON.parse(String(payload))).toEqual(event(7).payload);
    expect(value).toBeNull();
  });

  it("forgets the erased and moves the merged, in every file that holds them", async () => {
    const lake = newLake();
    await lake.append(span(1, 100), 100);
    const files = await lake.rewrite({ erased: [2], moved: [{ from: 3, to: 4 }] }, 5);
    expect(files).toBe(4);
    expect(await lake.query(count("2, 3"))).toBe(0);
    expect(await lake.query(count("4"))).toBe(40);
    expect(await globbed(lake)).toBe(80);
    expect(await lake.rewrite({ erased: [2], moved: [{ from: 3, to: 4 }] }, 6)).toBe(0);
    expect(lake.manifest().change).toBe(6);
  });

  it("forgets single events, in the files that hold them and no others", async () => {
    const lake = newLake();
    await lake.append(span(1, 100), 100);
    const before = lake.manifest().files.map(({ path }) => path);
    expect(await lake.rewrite({ erased: [], erasedEvents: [1, 500], moved: [] }, 5)).toBe(1);
    expect(await globbed(lake)).toBe(99);
    const after = lake.manifest().files.map(({ path }) => path);
    expect(after.filter((path) => before.includes(path))).toHaveLength(before.length - 1);
    expect(await lake.rewrite({ erased: [], erasedEvents: [1, 500], moved: [] }, 6)).toBe(0);
  });

  it("makes one file of the many that a day gets", async () => {
    const lake = newLake();
    for (let n = 0; n <= lakeDefaults.filesOfDay; n++) {
      await lake.append([event(n + 1, { eventMs: 1_700_000_000_000 })], n + 1);
    }
    expect(await lake.compact()).toBe(1);
    expect(lake.manifest().files).toHaveLength(1);
    expect(await seqs(lake)).toHaveLength(lakeDefaults.filesOfDay + 1);
    expect(await globbed(lake)).toBe(lakeDefaults.filesOfDay + 1);
  });

  it("reads no file that an export left which did not come to its end", async () => {
    const lake = newLake();
    await lake.append(span(1, 50), 50);
    const before = lake.manifest();
    await lake.append(span(51, 100), 100);
    // As if it had been killed before the manifest: the files are there, and it does not name them.
    writeFileSync(join(lake.folder, "manifest.json"), JSON.stringify(before));
    expect(await seqs(lake)).toHaveLength(50);
    await lake.append(span(51, 80), 80);
    expect(await seqs(lake)).toEqual(Array.from({ length: 80 }, (_, i) => i + 1));
    expect(await globbed(lake)).toBe(80);
  });

  it("names the file that is damaged, or gone", async () => {
    const lake = newLake();
    await lake.append(span(1, 50), 50);
    const path = join(lake.folder, lake.manifest().files[3]!.path);
    truncateSync(path, 20);
    await expect(seqs(lake)).rejects.toThrow(
      expect.objectContaining({
        code: "STORE_DAMAGED",
        message: expect.stringContaining("dt=2023-11-17"),
      }),
    );
    rmSync(path);
    await expect(seqs(lake)).rejects.toMatchObject({ code: "STORE_DAMAGED" });
    writeFileSync(join(lake.folder, "manifest.json"), "{");
    await expect(seqs(lake)).rejects.toThrow(/is not a manifest of a lake/);
  });
});
