import { gzipSync, strToU8, zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { WaymarkError } from "../../../base/index.ts";
import type { Repair } from "../recording.ts";
import { type Archive, readArchive } from "./archive.ts";
import { crc32 } from "./crc32.ts";
import { decodeFile } from "./decode.ts";
import { ride } from "./fit-bytes.fixture.ts";
import { readStravaExport } from "./strava-export.ts";

const paths = (archive: Archive): string[] => archive.entries.map((entry) => entry.path);
const reasons = (archive: Archive): string[] => archive.refused.map((entry) => entry.reason);
const hello = strToU8("hello");

/** Changes a field of the n-th entry of the central directory. */
function patchDirectory(
  zip: Uint8Array,
  n: number,
  change: (view: DataView, at: number) => void,
): Uint8Array {
  const bytes = zip.slice();
  const view = new DataView(bytes.buffer);
  let seen = -1;
  for (let at = 0; at + 4 <= bytes.length; at++) {
    if (view.getUint32(at, true) === 0x02014b50 && ++seen === n) {
      change(view, at);
      return bytes;
    }
  }
  throw new Error("no such entry");
}

describe("an archive", () => {
  it("unpacks stored and deflated entries when they are read", () => {
    const text = strToU8("way ".repeat(1000));
    const archive = readArchive(zipSync({ "a/b.txt": text, "c.bin": [hello, { level: 0 }] }));
    expect(paths(archive)).toEqual(["a/b.txt", "c.bin"]);
    expect(archive.entries[0]!.byteLength).toBe(4000);
    expect(archive.entries[0]!.read()).toEqual(text);
    expect(archive.entries[1]!.read()).toEqual(hello);
    expect(archive.refused).toEqual([]);
  });

  it("is read by parts from a source that is not in memory", () => {
    const zip = zipSync({ "a.txt": hello, "b.txt": new Uint8Array(50_000) });
    let bytesRead = 0;
    const source = {
      byteLength: zip.length,
      read: (at: number, length: number) => {
        const part = zip.slice(at, at + length);
        bytesRead += part.length;
        return part;
      },
    };
    const archive = readArchive(source);
    const listing = bytesRead;
    expect(archive.entries[0]!.read()).toEqual(hello);
    expect(bytesRead - listing).toBeLessThan(50);
  });

  it("passes over what systems leave behind, and counts it", () => {
    const archive = readArchive(
      zipSync({
        "a.fit": hello,
        "__MACOSX/._a.fit": hello,
        ".DS_Store": hello,
        "x/._b.gpx": hello,
        "x/Thumbs.db": hello,
      }),
    );
    expect(paths(archive)).toEqual(["a.fit"]);
    expect(archive.passedOverCount).toBe(4);
  });

  it.each([
    ["../a.fit", "leads out"],
    ["a/../../b.fit", "leads out"],
    ["/etc/passwd", "absolute"],
    ["C:/a.fit", "drive letter"],
    ["a\\b.fit", "backslash"],
    ["a\0.fit", "NUL"],
  ])("does not offer the name %j", (name, reason) => {
    const archive = readArchive(zipSync({ [name]: hello, "ok.fit": hello }));
    expect(paths(archive)).toEqual(["ok.fit"]);
    expect(reasons(archive)[0]).toContain(reason);
  });

  it("does not offer encrypted entries, links or unknown methods", () => {
    const zip = zipSync({ "a.fit": hello, "b.fit": hello });
    const patched = (change: (view: DataView, at: number) => void) =>
      reasons(readArchive(patchDirectory(zip, 0, change)));
    expect(patched((view, at) => view.setUint16(at + 8, 1, true))).toEqual(["it is encrypted"]);
    expect(
      patched((view, at) => {
        view.setUint8(at + 5, 3);
        view.setUint32(at + 38, 0xa1ff0000, true);
      }),
    ).toEqual(["it is a symbolic link"]);
    expect(patched((view, at) => view.setUint16(at + 10, 14, true))[0]).toContain("method 14");
  });

  it("does not offer a bomb of 10 KB that holds 10 MB, nor one larger than the limit", () => {
    const zip = zipSync({ "bomb.gpx": [new Uint8Array(10e6), { level: 9 }], "ok.gpx": hello });
    expect(zip.length).toBeLessThan(11_000);
    expect(reasons(readArchive(zip))[0]).toMatch(/times its size/);
    expect(reasons(readArchive(zip, { maxEntryBytes: 1e6 }))[0]).toMatch(/more than 1 MiB/);
  });

  it("stops a bomb that states a small size", () => {
    const zip = zipSync({ "bomb.gpx": [new Uint8Array(50e6), { level: 9 }] });
    const lying = patchDirectory(zip, 0, (view, at) => view.setUint32(at + 24, 1000, true));
    const entry = readArchive(lying).entries[0]!;
    expect(() => entry.read()).toThrow(expect.objectContaining({ code: "ZIP_UNSAFE" }));
  });

  it("does not offer a stored entry whose unpacked size is stated smaller than it is", () => {
    const zip = zipSync({ "a.bin": [new Uint8Array(1000), { level: 0 }] });
    const lying = patchDirectory(zip, 0, (view, at) => view.setUint32(at + 24, 10, true));
    expect(reasons(readArchive(lying))).toEqual(["it is stored as it is, yet states two sizes"]);
  });

  it("does not offer entries that share their bytes", () => {
    const zip = zipSync({ "a.fit": strToU8("x".repeat(500)), "b.fit": strToU8("y".repeat(500)) });
    const overlapping = patchDirectory(zip, 1, (view, at) => view.setUint32(at + 42, 0, true));
    expect(reasons(readArchive(overlapping))).toEqual(["it shares bytes with another entry"]);
  });

  it("bounds the number of entries", () => {
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`${i}.fit`, hello]));
    expect(() => readArchive(zipSync(many), { maxEntries: 49 })).toThrow(
      expect.objectContaining({ code: "ZIP_UNSAFE" }),
    );
  });

  it("that is cut says so", () => {
    const zip = zipSync({ "a.fit": hello });
    for (let length = 0; length < zip.length; length++) {
      expect(() => readArchive(zip.slice(0, length))).toThrow(
        expect.objectContaining({ code: "TRACK_FORMAT" }),
      );
    }
  });

  it("reads sizes of 64 bits", () => {
    const zip = zip64("a.txt", hello);
    const archive = readArchive(zip);
    expect(archive.entries[0]!.byteLength).toBe(5);
    expect(archive.entries[0]!.read()).toEqual(hello);
  });

  it("gives the readable beginning of a damaged entry and says so", () => {
    const text = strToU8(Array.from({ length: 5000 }, (_, i) => `${i * 7919} `).join(""));
    const zip = zipSync({ "a.txt": text });
    let readable = 0;
    for (let i = 1; i < 10; i++) {
      const bytes = zip.slice();
      bytes[Math.floor((zip.length * i) / 10)]! ^= 0xff;
      const repairs: Repair[] = [];
      try {
        const read = readArchive(bytes).entries[0]!.read((repair) => repairs.push(repair));
        expect(repairs).toMatchObject([{ code: "damaged-zip-entry", count: 1 }]);
        if (read.length > 1000) readable++;
      } catch (error) {
        // Damage may also make the entry longer than it states, which is what a bomb does.
        expect(error).toMatchObject({ code: "ZIP_UNSAFE" });
      }
    }
    expect(readable).toBeGreaterThan(3);
  });

  it("within an archive is not opened", () => {
    const inner = readArchive(zipSync({ "in.zip": zipSync({ "a.fit": ride(3).file() }) }));
    expect(() => decodeFile(inner.entries[0]!.read(), "in.zip")).toThrow(/a zip archive/);
  });

  it("never throws anything but a WaymarkError, whichever byte is wrong", () => {
    const zip = zipSync({ "a.fit": ride(3).file(), "b.gpx": strToU8("<gpx/>".repeat(50)) });
    for (let at = 0; at < zip.length; at++) {
      for (const value of [0, 1, 0x7f, 0xff]) {
        const bytes = zip.slice();
        bytes[at] = value;
        try {
          for (const entry of readArchive(bytes, { maxEntryBytes: 1e6 }).entries) entry.read();
        } catch (error) {
          if (!(error instanceof WaymarkError)) throw error;
        }
      }
    }
  });
});

/** One stored entry whose sizes and offsets are all in the 64-bit fields. */
function zip64(name: string, content: Uint8Array): Uint8Array {
  const out: number[] = [];
  const u16 = (value: number): void => void out.push(value & 0xff, value >> 8);
  const u32 = (value: number): void => {
    u16(value & 0xffff);
    u16(value >>> 16);
  };
  const u64 = (value: number): void => {
    u32(value);
    u32(0);
  };
  const crc = crc32(content);
  const header = (signature: number, isCentral: boolean): void => {
    u32(signature);
    if (isCentral) u16(45);
    u16(45);
    for (const value of [0x0800, 0, 0, 0]) u16(value);
    u32(crc);
    u32(0xffffffff);
    u32(0xffffffff);
    u16(name.length);
    u16(isCentral ? 28 : 20);
    if (isCentral) {
      for (const value of [0, 0, 0]) u16(value);
      u32(0);
      u32(0xffffffff);
    }
    out.push(...strToU8(name));
    u16(1);
    u16(isCentral ? 24 : 16);
    u64(content.length);
    u64(content.length);
    if (isCentral) u64(0);
  };
  header(0x04034b50, false);
  out.push(...content);
  const directoryAt = out.length;
  header(0x02014b50, true);
  const directoryLength = out.length - directoryAt;
  const recordAt = out.length;
  u32(0x06064b50);
  u64(44);
  u16(45);
  u16(45);
  for (const value of [0, 0]) u32(value);
  u64(1);
  u64(1);
  u64(directoryLength);
  u64(directoryAt);
  u32(0x07064b50);
  u32(0);
  u64(recordAt);
  u32(1);
  u32(0x06054b50);
  for (const value of [0, 0, 0xffff, 0xffff]) u16(value);
  u32(0xffffffff);
  u32(0xffffffff);
  u16(0);
  return Uint8Array.from(out);
}

describe("a checksum", () => {
  it("agrees with the published value", () => {
    expect(crc32(strToU8("123456789"))).toBe(0xcbf43926);
    expect(crc32(new Uint8Array(0))).toBe(0);
  });
});

describe("a Strava export", () => {
  const fit = gzipSync(ride(3).file());
  const zip = (table: string, folder = "") =>
    readArchive(
      zipSync({
        [`${folder}activities.csv`]: strToU8(table),
        [`${folder}activities/1.fit.gz`]: fit,
        [`${folder}activities/2.gpx`]: hello,
        [`${folder}profile.csv`]: hello,
      }),
    ).entries;
  const TABLE =
    "\uFEFFActivity ID,Activity Date,Activity Name,Activity Type,Activity Description,Filename\r\n" +
    '1,"Jan 1, 2021, 10:00:00 AM","Round the ""hill"", twice",Trail Run,"a\nb",activities/1.fit.gz\r\n' +
    "2,x,Lunch,E-Bike Ride,,activities/2.gpx\r\n" +
    "3,x,By hand,Yoga,,\r\n" +
    "4,x,Lost,Ride,,activities/4.fit.gz\r\n";

  it.each(["", "export_123/"])(
    "gives title, sport and file of each activity, in folder %j",
    (folder) => {
      const found = readStravaExport(zip(TABLE, folder))!;
      expect(
        found.activities.map((row) => [row.activityId, row.title, row.sport, row.entry?.path]),
      ).toEqual([
        ["1", 'Round the "hill", twice', "trail-run", `${folder}activities/1.fit.gz`],
        ["2", "Lunch", "e-bike", `${folder}activities/2.gpx`],
        ["3", "By hand", "other", undefined],
        ["4", "Lost", "ride", undefined],
      ]);
      expect([found.manualCount, found.missingCount]).toEqual([1, 1]);
      const file = decodeFile(found.activities[0]!.entry!.read(), "1.fit.gz");
      expect(file.recordings[0]!.streams.length).toBe(3);
    },
  );

  it("is understood in another language, by where things stand", () => {
    const table =
      "Aktivitäts-ID,Aktivitätsdatum,Name der Aktivität,Aktivitätsart,Beschreibung,Zeit,Dateiname\n" +
      "9,01.01.2021,Runde,Laufen,,12,activities/1.fit.gz\n";
    const found = readStravaExport(zip(table))!;
    expect(found.activities[0]).toMatchObject({ activityId: "9", title: "Runde", sport: "run" });
    expect(found.activities[0]!.entry?.path).toBe("activities/1.fit.gz");
  });

  it("is none without its table", () => {
    expect(readStravaExport(readArchive(zipSync({ "a.fit": hello })).entries)).toBeUndefined();
  });
});
