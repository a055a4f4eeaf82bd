// The threads behind /match: limits, those who go away, and a map that is replaced while it is asked.
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Town, town } from "../../../test/town.ts";
import { encodeSnapshot } from "../../geo/network/snapshot.ts";
import type { OsrmMatchAnswer } from "../../schema/osrm.ts";
import { type Matching, type MatchingOptions, matchingDefaults, openMatching } from "./matching.ts";
import type { MatchQuestion } from "./question.ts";

const STREET = town(`a b c d`, ["abcd"], { grid: 50 });
const LONGER = town(`a b c d e f`, ["abcdef"], { grid: 50 });

let mapFolder: string;
const opened: Matching[] = [];
const faults: unknown[] = [];
beforeEach(() => {
  mapFolder = mkdtempSync(join(tmpdir(), "waymark-matching-"));
  faults.length = 0;
});
afterEach(async () => {
  for (const matching of opened.splice(0)) await matching.close();
  rmSync(mapFolder, { recursive: true });
});

function matchingOf(options: Partial<MatchingOptions> = {}): Matching {
  const onFault = (error: unknown): number => faults.push(error);
  const matching = openMatching({ mapFolder, threads: 1, onFault, ...options });
  opened.push(matching);
  return matching;
}

/** As a map is built: beside the old one, then in its place. */
function writeMap(t: Town, bytes: Uint8Array = encodeSnapshot(t.network)): void {
  writeFileSync(join(mapFolder, "network.tmp"), bytes);
  renameSync(join(mapFolder, "network.tmp"), join(mapFolder, "network.wmk"));
}

function along(t: Town, letters: string, repeat = 1): MatchQuestion {
  const places = [...letters].flatMap((letter) =>
    Array<readonly [number, number]>(repeat).fill(t.at[letter]!),
  );
  return {
    ask: "match",
    profile: "foot",
    lon: Float64Array.from(places, ([lon]) => lon),
    lat: Float64Array.from(places, ([, lat]) => lat),
    gaps: "split",
    tidy: false,
    steps: false,
    geometries: "polyline",
    overview: "full",
    annotations: [],
    skipWaypoints: false,
  };
}

const read = (json: Uint8Array): OsrmMatchAnswer =>
  JSON.parse(new TextDecoder().decode(json)) as OsrmMatchAnswer;

/** How a question ended: "Ok", or the code of its refusal. */
async function fate(answer: Promise<Uint8Array>): Promise<string> {
  try {
    return read(await answer).code;
  } catch (error) {
    const { code, name } = error as { code?: unknown; name: string };
    return typeof code === "string" ? code : name;
  }
}

it("says that there is no map, and answers once one is built", async () => {
  const matching = matchingOf();
  expect(await fate(matching.answer(along(STREET, "abcd")))).toBe("DisabledDataset");
  expect(matching.networkVersion).toBeUndefined();
  writeMap(STREET);
  await setTimeout(matchingDefaults.lookMs);
  expect(await fate(matching.answer(along(STREET, "abcd")))).toBe("Ok");
  expect(matching.networkVersion).toBe(STREET.network.version);
});

it("takes a rebuilt map without failing a question, and keeps the old one when it is damaged", async () => {
  writeMap(STREET);
  const matching = matchingOf();
  const end = async (): Promise<number> =>
    read(await matching.answer(along(LONGER, "abcdef"))).tracepoints!.findLastIndex(
      (p) => p !== null,
    );
  expect(await end()).toBe(3);
  writeMap(LONGER, encodeSnapshot(LONGER.network).fill(7, 2200, 2210));
  await setTimeout(matchingDefaults.lookMs);
  for (let i = 0; i < 20 && faults.length === 0; i++) {
    expect(await end()).toBe(3);
    await setTimeout(50);
  }
  expect(faults).toHaveLength(1);
  expect(faults[0]).toMatchObject({ code: "SNAPSHOT_DAMAGED" });
  writeMap(LONGER);
  await setTimeout(matchingDefaults.lookMs);
  let last = await end();
  for (let i = 0; i < 40 && last === 3; i++) {
    await setTimeout(50);
    last = await end();
  }
  expect(last).toBe(5);
  expect(matching.networkVersion).toBe(LONGER.network.version);
});

it("lets so many wait and tells the next one to come back", async () => {
  writeMap(STREET);
  const matching = matchingOf({ maxWaiting: 2 });
  await matching.answer(along(STREET, "ab"));
  const slow = along(STREET, "abcd", 500);
  const fates = Array.from({ length: 5 }, () => fate(matching.answer(slow)));
  await setTimeout(0);
  expect(matching.load).toEqual({ running: 1, waiting: 2 });
  expect((await Promise.all(fates)).sort()).toEqual(["Busy", "Busy", "Ok", "Ok", "Ok"]);
  expect(matching.load).toEqual({ running: 0, waiting: 0 });
});

it("drops a question whose client has gone while it waited", async () => {
  writeMap(STREET);
  const matching = matchingOf();
  await matching.answer(along(STREET, "ab"));
  const slow = fate(matching.answer(along(STREET, "abcd", 2000)));
  const gone = new AbortController();
  const waiting = fate(matching.answer(along(STREET, "ab"), gone.signal));
  await setTimeout(0);
  gone.abort();
  expect(await waiting).toBe("AbortError");
  expect(matching.load.waiting).toBe(0);
  expect(await slow).toBe("Ok");
});

it("ends the thread of a question that takes too long, and answers the next one", async () => {
  writeMap(STREET);
  const matching = matchingOf({ limitMs: 400 });
  await matching.answer(along(STREET, "ab"));
  // A hundred thousand fixes never come over HTTP; they take longer than the limit.
  const slow = { ...along(STREET, "abcd", 25_000), steps: true };
  expect(await fate(matching.answer(slow))).toBe("TooBig");
  expect(await fate(matching.answer(along(STREET, "abcd")))).toBe("Ok");
});

it("ends the thread of someone who has gone, after a grace", async () => {
  writeMap(STREET);
  const matching = matchingOf();
  await matching.answer(along(STREET, "ab"));
  const gone = new AbortController();
  const slow = { ...along(STREET, "abcd", 25_000), steps: true };
  const running = fate(matching.answer(slow, gone.signal));
  await setTimeout(10);
  gone.abort();
  expect(await running).toBe("AbortError");
  expect(await fate(matching.answer(along(STREET, "abcd")))).toBe("Ok");
});

it("refuses after it was closed", async () => {
  writeMap(STREET);
  const matching = matchingOf();
  await matching.answer(along(STREET, "ab"));
  const slow = fate(matching.answer(along(STREET, "abcd", 500)));
  const waiting = fate(matching.answer(along(STREET, "abcd")));
  await setTimeout(0);
  await matching.close();
  expect(await waiting).toBe("Busy");
  expect(["Ok", "Error"]).toContain(await slow);
  expect(await fate(matching.answer(along(STREET, "ab")))).toBe("Busy");
});
