import { beforeAll, describe, expect, it } from "vitest";
import { createHash64 } from "../base/index.ts";
import { haversine } from "../geo/lonlat.ts";
import { decodeFile } from "../geo/track/decode/index.ts";
import { fitCrc } from "./format/fit.ts";
import { drawTown, type Town } from "./town/town.ts";
import { type Quirk, recordWorld, type SimulatedRecording, worldAthletes } from "./world.ts";

const UNTIL = Date.UTC(2026, 10, 21, 6);
const DAYS = 40;

let town: Town;
let world: SimulatedRecording[];
beforeAll(() => {
  town = drawTown(1);
  world = [...recordWorld({ seed: 1, until: UNTIL, days: DAYS, region: town })];
});

const digest = (bytes: Uint8Array): string => createHash64().update(bytes).digest();
const fingerprint = (list: readonly SimulatedRecording[]): string[] =>
  list.map((r) => `${r.fileName} ${digest(r.bytes)}`);

describe("a world of recordings", () => {
  it("is the same for the same seed, whoever asked before", () => {
    const again = [...recordWorld({ seed: 1, until: UNTIL, days: DAYS, region: town })];
    expect(fingerprint(again)).toEqual(fingerprint(world));
  });

  it("is another for another seed", () => {
    const other = [...recordWorld({ seed: 3, until: UNTIL, days: 10, region: town })];
    const known = new Set(world.map((r) => digest(r.bytes)));
    expect(other.length).toBeGreaterThan(5);
    expect(other.some((r) => known.has(digest(r.bytes)))).toBe(false);
  });

  it("gives an athlete the same files when others are left out or the year is longer", () => {
    const fewer = [
      ...recordWorld({ seed: 1, until: UNTIL, days: DAYS, athletes: 5, region: town }),
    ];
    const ids = new Set(fewer.map((r) => r.athlete.id));
    const before = world.filter((r) => ids.has(r.athlete.id));
    expect(fewer.length).toBeGreaterThan(5);
    expect(fingerprint(fewer)).toEqual(fingerprint(before));
  });

  it("has people with names of their own and every name of a file once", () => {
    const athletes = worldAthletes({ seed: 1, until: UNTIL, region: town });
    expect(new Set(athletes.map((a) => a.name)).size).toBe(36);
    expect(new Set(world.map((r) => r.fileName)).size).toBe(world.length);
  });

  it("repeats favourite routes with other noise", () => {
    const year = [...recordWorld({ seed: 1, until: UNTIL, days: 200, athletes: 4, region: town })];
    const arcs = year.filter((r) => r.truth).map((r) => r.truth!.arcs.join(","));
    expect(new Set(arcs).size).toBeLessThan(arcs.length * 0.8);
    expect(new Set(year.map((r) => digest(r.bytes))).size).toBe(year.length);
  });

  it("follows arcs that join and stays near them", () => {
    const { graph } = town;
    let breaks = 0;
    for (const r of world) {
      if (!r.truth) continue;
      const { arcs } = r.truth;
      for (let i = 1; i < arcs.length; i++) {
        const head =
          arcs[i - 1]! & 1 ? graph.source[arcs[i - 1]! >> 1]! : graph.target[arcs[i - 1]! >> 1]!;
        const tail = arcs[i]! & 1 ? graph.target[arcs[i]! >> 1]! : graph.source[arcs[i]! >> 1]!;
        if (head !== tail) breaks++;
      }
    }
    expect(breaks).toBe(0);
  });

  it("leaves the network now and then, and says where", () => {
    let off = 0;
    let all = 0;
    for (const r of world) {
      if (!r.truth) continue;
      all += r.truth.isOffNetwork.length;
      for (const o of r.truth.isOffNetwork) off += o;
    }
    expect(off / all).toBeGreaterThan(0.005);
    expect(off / all).toBeLessThan(0.08);
  });

  it("moves at the pace of its sport", () => {
    const limits: Record<string, [number, number]> = {
      run: [4.5, 17],
      "trail-run": [3, 14],
      walk: [2, 7],
      hike: [1, 6],
      ride: [6, 40],
      "gravel-ride": [5, 36],
      "mountain-bike": [4, 32],
      "indoor-ride": [10, 45],
    };
    let backwards = 0;
    for (const r of world) {
      const n = r.recorded.length;
      let movingM = 0;
      let movingS = 0;
      for (let i = 1; i < n; i++) {
        const dt = (r.recorded.timeMs[i]! - r.recorded.timeMs[i - 1]!) / 1000;
        const dd = r.recorded.distanceM[i]! - r.recorded.distanceM[i - 1]!;
        if (dt <= 0 || dd < 0) backwards++;
        if (dd / dt < 0.3) continue;
        movingM += dd;
        movingS += dt;
      }
      const kmh = (movingM / movingS) * 3.6;
      const [low, high] = limits[r.sport]!;
      expect(kmh, r.fileName).toBeGreaterThan(low);
      expect(kmh, r.fileName).toBeLessThan(high);
    }
    expect(backwards).toBe(0);
  });

  it("records fixes as far from the truth as the device's sigma says", () => {
    const athletes = new Map(
      worldAthletes({ seed: 1, until: UNTIL, region: town }).map((a) => [a.id, a]),
    );
    const ratios: number[] = [];
    for (const r of world) {
      if (!r.truth || r.recorded.length < 900) continue;
      const { device } = athletes.get(r.athlete.id)!;
      const errors: number[] = [];
      for (let i = 0; i < r.recorded.length; i++) {
        const lon = r.recorded.lon[i]!;
        if (Number.isNaN(lon)) continue;
        errors.push(haversine(lon, r.recorded.lat[i]!, r.truth.lon[i]!, r.truth.lat[i]!));
      }
      errors.sort((a, b) => a - b);
      // The median of a two-dimensional normal's length is 1.1774 sigma.
      const sigma = errors[errors.length >> 1]! / 1.1774;
      ratios.push(sigma / Math.hypot(device.sigmaM, device.jitterM));
    }
    ratios.sort((a, b) => a - b);
    // Forest (×1.45) and the spread between days (0.8 … 1.3) lie inside the band.
    expect(ratios[ratios.length >> 1]).toBeGreaterThan(0.85);
    expect(ratios[ratios.length >> 1]).toBeLessThan(1.6);
    expect(ratios[Math.floor(ratios.length * 0.05)]).toBeGreaterThan(0.4);
    expect(ratios[Math.floor(ratios.length * 0.95)]).toBeLessThan(3.2);
  });

  it("writes FIT files whose checksums hold", () => {
    let seen = 0;
    for (const r of world) {
      if (!r.fileName.endsWith(".fit") || r.quirks.length > 0) continue;
      expect(fitCrc(r.bytes, 0, 12)).toBe(r.bytes[12]! | (r.bytes[13]! << 8));
      const end = r.bytes.length - 2;
      expect(fitCrc(r.bytes, 0, end)).toBe(r.bytes[end]! | (r.bytes[end + 1]! << 8));
      seen++;
    }
    expect(seen).toBeGreaterThan(20);
  });

  it("computes the checksum of the catalogues", () => {
    const check = new TextEncoder().encode("123456789");
    // CRC-16/ARC of the digits, as in every catalogue of CRCs.
    expect(fitCrc(check, 0, 9)).toBe(0xbb3d);
  });
});

describe("the real decoders", () => {
  it("read back what was recorded, in each format", () => {
    const formats = new Set<string>();
    for (const r of world) {
      if (r.quirks.some((q) => q !== "gzip" && q !== "duplicate")) continue;
      const decoded = decodeFile(r.bytes, r.fileName);
      formats.add(decoded.format);
      expect(decoded.repairs, r.fileName).toEqual([]);
      expect(decoded.recordings.length).toBe(1);
      const recording = decoded.recordings[0]!;
      const { streams } = recording;
      // GPX and the sports of TCX say less than FIT.
      if (decoded.format === "fit") expect(recording.sport).toBe(r.sport);
      const rows: number[] = [];
      for (let i = 0; i < r.recorded.length; i++) {
        if (decoded.format === "gpx" && Number.isNaN(r.recorded.lat[i]!)) continue;
        rows.push(i);
      }
      expect(streams.length, r.fileName).toBe(rows.length);
      let wrong = 0;
      for (const [k, i] of rows.entries()) {
        if (streams.timeMs[k] !== r.recorded.timeMs[i]) wrong++;
        if (Math.abs(streams.lat[k]! - r.recorded.lat[i]!) > 1e-6) wrong++;
        if (Math.abs(streams.lon[k]! - r.recorded.lon[i]!) > 1e-6) wrong++;
        if (!streams.heartRateBpm || !r.recorded.heartRateBpm) continue;
        if (!Object.is(streams.heartRateBpm[k], r.recorded.heartRateBpm[i])) wrong++;
      }
      expect(wrong, r.fileName).toBe(0);
    }
    expect([...formats].sort()).toEqual(["fit", "gpx", "tcx"]);
  });

  it("salvage the files that were spoilt on purpose", { timeout: 120_000 }, () => {
    const missing = new Set<Quirk>([
      "truncated",
      "bad-checksum",
      "chained",
      "wrong-extension",
      "duplicate",
    ]);
    for (const r of recordWorld({ seed: 1, until: UNTIL, days: 365, region: town })) {
      for (const quirk of r.quirks) missing.delete(quirk);
      const quirk = r.quirks[0];
      if (quirk === undefined || quirk === "gzip" || quirk === "duplicate") continue;
      const decoded = decodeFile(r.bytes, r.fileName);
      const rows = decoded.recordings.reduce((sum, one) => sum + one.streams.length, 0);
      if (quirk === "chained") expect(decoded.recordings.length).toBe(2);
      else expect(decoded.repairs.length, quirk).toBeGreaterThan(0);
      expect(rows).toBeGreaterThan(r.recorded.length * 0.4);
      // One of each is enough; the rest of the year would only take time.
      if (missing.size === 0) break;
    }
    expect([...missing]).toEqual([]);
  });
});
