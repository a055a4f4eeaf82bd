// `waymark import` as a person runs it: one story a test, in a folder of its own.
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync, strToU8, zipSync } from "fflate";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { importedFileSchema } from "../../src/schema/import.ts";
import { allActivities } from "../../src/store/activity-store.ts";
import { openStore } from "../../src/store/open-store.ts";
import { makeDataFolder } from "../memory-store.ts";
import { streetOsm, walkGpx, walkTcx } from "./gpx.ts";
import { finished, startWaymark, waymark } from "./waymark.ts";

const DAY = 86_400_000;
const START = Date.UTC(2024, 4, 4, 8);

let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "waymark-import-"));
  mkdirSync(join(folder, "in"));
  await makeDataFolder(join(folder, "data"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});
const write = (name: string, content: string | Uint8Array): void => {
  mkdirSync(join(folder, "in", name, ".."), { recursive: true });
  writeFileSync(join(folder, "in", name), content);
};
const stored = async (data = "data") => {
  const store = await openStore({ dataFolder: join(folder, data) });
  try {
    return await allActivities(store.activities).list();
  } finally {
    await store.close();
  }
};
/** Ids leave holes where a process was killed. */
const withoutIds = (activities: Awaited<ReturnType<typeof stored>>) =>
  activities.map(({ id: _, ...rest }) => rest);

// A machine that has other work begins several processes a test.
describe("a folder of all kinds of files", { timeout: 60_000 }, () => {
  it("gives one JSON line a file, in name order, and nothing else on standard output", async () => {
    write("a-good.gpx", walkGpx());
    write("b-same-walk.tcx", walkTcx());
    write("c-copy.gpx", walkGpx());
    write("d-cut.gpx", walkGpx({ startMs: START + DAY }));
    truncateSync(join(folder, "in/d-cut.gpx"), 6000);
    write("e-empty.fit", "");
    write("f-picture.gpx", new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]));
    write("g-zipped.gpx.gz", gzipSync(strToU8(walkGpx({ startMs: START + 2 * DAY }))));
    write("sub/h-wrong-name.fit", walkGpx({ startMs: START + 3 * DAY }));
    write(".hidden.gpx", walkGpx({ startMs: START + 4 * DAY }));
    symlinkSync("..", join(folder, "in/sub/loop"));

    // Where nothing was before: the other stories begin with an empty store.
    const args = ["import", "in", "--data", "new", "--json"];
    const { code, lines, stderr } = await waymark(args, folder);
    const files = lines.map((line) => importedFileSchema.parse(line));
    expect(code).toBe(1);
    expect(files.map(({ file, status, error }) => [file, status, error?.code])).toEqual([
      ["in/a-good.gpx", "ok", undefined],
      ["in/b-same-walk.tcx", "ok", undefined],
      ["in/c-copy.gpx", "ok", undefined],
      ["in/d-cut.gpx", "repaired", undefined],
      ["in/e-empty.fit", "refused", "TRACK_EMPTY"],
      ["in/f-picture.gpx", "refused", "TRACK_FORMAT"],
      ["in/g-zipped.gpx.gz", "ok", undefined],
      ["in/sub/h-wrong-name.fit", "repaired", undefined],
    ]);
    const [good, sameWalk, copy] = files;
    expect(good?.activities[0]).toMatchObject({
      sport: "walk",
      start: "2024-05-04T08:00:00.000Z",
      elapsedS: 119,
      points: 120,
      hasPosition: true,
      gainM: null,
      matchedM: null,
    });
    expect(good?.activities[0]?.distanceM).toBeCloseTo(178.5, 0);
    const id = good?.activities[0]?.id;
    expect(sameWalk?.activities[0]?.duplicateOf).toBe(id);
    expect(copy?.activities[0]?.duplicateOf).toBe(id);
    expect(stderr).toContain("8 files");
    expect(await stored("new")).toHaveLength(4);
  });

  it("refuses what does not exist and imports the rest", async () => {
    write("a.gpx", walkGpx());
    const { code, lines } = await waymark(["import", "nowhere", "in/a.gpx", "--json"], folder);
    expect(code).toBe(1);
    expect(lines.map(({ status, error }) => [status, (error as { code: string })?.code])).toEqual([
      ["refused", "FILE_READ"],
      ["ok", undefined],
    ]);
  });

  it("is a line for people without --json", async () => {
    write("a.gpx", walkGpx());
    const { code, stdout, stderr } = await waymark(["import", "in"], folder);
    expect(code).toBe(0);
    expect(stdout).toContain("ok in/a.gpx: walk 0.18 km 1:59");
    expect(stderr).toContain("1 files: 1 ok");
  });

  it("says a second time that it knows the files, and adds nothing", async () => {
    write("a.gpx", walkGpx());
    write("b.gpx", walkGpx({ startMs: START + DAY }));
    await waymark(["import", "in"], folder);
    const before = await stored();
    const { code, lines } = await waymark(["import", "in", "--json"], folder);
    expect(code).toBe(0);
    expect(lines.map(({ isKnown }) => isKnown)).toEqual([true, true]);
    expect(await stored()).toEqual(before);
  });
});

describe("archives", { timeout: 60_000 }, () => {
  it("reads a Strava export with its titles and sports, and passes over its photos", async () => {
    const table = [
      "Activity ID,Activity Date,Activity Name,Activity Type,Filename",
      '1,"May 4, 2024",Zum Gipfel,Hike,activities/1.gpx.gz',
      '2,"May 5, 2024",By hand,Run,',
    ].join("\n");
    const zip = zipSync({
      "activities.csv": strToU8(table),
      "activities/1.gpx.gz": gzipSync(strToU8(walkGpx())),
      "media/photo.jpg": new Uint8Array([0xff, 0xd8, 0xff]),
      "profile.csv": strToU8("a,b"),
    });
    write("export_1.zip", zip);
    const { code, lines } = await waymark(["import", "in/export_1.zip", "--json"], folder);
    expect(code).toBe(0);
    expect(lines.map(({ file }) => file)).toEqual(["in/export_1.zip/activities/1.gpx.gz"]);
    expect((await stored()).map(({ title, sport }) => [title, sport])).toEqual([
      ["Zum Gipfel", "hike"],
    ]);
  });

  it("reads the same export unpacked", async () => {
    write(
      "x/activities.csv",
      "Activity ID,Activity Date,Activity Name,Activity Type,Filename\n1,d,Zum Gipfel,Hike,activities/1.gpx",
    );
    write("x/activities/1.gpx", walkGpx());
    write("x/media/photo.jpg", new Uint8Array([0xff, 0xd8, 0xff]));
    const { code, lines } = await waymark(["import", "in", "--json"], folder);
    expect(code).toBe(0);
    expect(lines.map(({ file }) => file)).toEqual(["in/x/activities/1.gpx"]);
    expect((await stored())[0]?.title).toBe("Zum Gipfel");
  });

  it("refuses an entry that leads out of the archive, and writes nothing there", async () => {
    write(
      "evil.zip",
      zipSync({ "../../escaped.gpx": strToU8(walkGpx()), "ok.gpx": strToU8(walkGpx()) }),
    );
    const { code, lines } = await waymark(["import", "in", "--json"], folder);
    expect(code).toBe(1);
    expect(lines.map(({ status, error }) => [status, (error as { code: string })?.code])).toEqual([
      ["refused", "ZIP_UNSAFE"],
      ["ok", undefined],
    ]);
    expect(existsSync(join(folder, "escaped.gpx"))).toBe(false);
  });
});

describe("interruptions and neighbours", () => {
  const many = (count: number): void => {
    for (let i = 0; i < count; i++) {
      const name = `w${String(i).padStart(3, "0")}.gpx`;
      write(name, walkGpx({ seconds: 600, startMs: START + i * DAY }));
    }
  };

  it("killed in the middle and run again gives the same set as never killed", async () => {
    many(60);
    await makeDataFolder(join(folder, "whole"));
    await waymark(["import", "in", "--data", "whole"], folder);
    const child = startWaymark(["import", "in", "--json"], folder);
    await once(child.stdout!, "data");
    child.kill("SIGKILL");
    const killed = await finished(child);
    const part = (await stored()).length;
    expect(killed.code).toBeNull();
    expect(part).toBeGreaterThan(0);
    expect(part).toBeLessThan(60);

    const again = await waymark(["import", "in", "--json"], folder);
    expect(again.code).toBe(0);
    expect(again.lines.filter(({ isKnown }) => isKnown).length).toBeGreaterThan(0);
    expect(withoutIds(await stored())).toEqual(withoutIds(await stored("whole")));
  }, 60_000);

  it("Ctrl-C finishes what it writes, gives the folder free and says how to go on", async () => {
    many(60);
    const child = startWaymark(["import", "in", "--json"], folder);
    await once(child.stdout!, "data");
    child.kill("SIGINT");
    const { code, stderr } = await finished(child);
    expect(code).toBe(130);
    expect(stderr).toContain("goes on where this one stopped");
    expect(existsSync(join(folder, "data/lock"))).toBe(false);
    expect((await waymark(["import", "in"], folder)).code).toBe(0);
    expect(await stored()).toHaveLength(60);
  }, 60_000);

  it("a reader that goes away ends it without an error", async () => {
    many(60);
    const child = startWaymark(["import", "in", "--json"], folder);
    await once(child.stdout!, "data");
    child.stdout!.destroy();
    const { code, stderr } = await finished(child);
    expect(code).toBe(130);
    expect(stderr).not.toContain("EPIPE");
  }, 60_000);

  it("two imports into one folder: one works, the other is told", async () => {
    many(40);
    const ran = await Promise.all([
      waymark(["import", "in"], folder),
      waymark(["import", "in"], folder),
    ]);
    expect(ran.map(({ code }) => code).sort()).toEqual([0, 1]);
    const told = ran.find(({ code }) => code === 1)!;
    expect(told.stderr).toMatch(/^error STORE_LOCKED: .*process \d+/m);
    expect(await stored()).toHaveLength(40);
  }, 60_000);
});

describe("with a map", { timeout: 60_000 }, () => {
  it("matches what was imported before the map, when it comes again", async () => {
    write("a.gpx", walkGpx());
    writeFileSync(join(folder, "street.osm"), streetOsm());
    await waymark(["import", "in"], folder);
    expect((await stored())[0]?.matchedM).toBe(0);
    const { code, lines } = await waymark(
      ["import", "in", "--map", "street.osm", "--json"],
      folder,
    );
    expect(code).toBe(0);
    const [activity] = importedFileSchema.parse(lines[0]).activities;
    expect(activity?.matchedM).toBeGreaterThan(150);
    expect(await stored()).toHaveLength(1);
    expect((await stored())[0]?.matchedM).toBeGreaterThan(150);
  });
});
