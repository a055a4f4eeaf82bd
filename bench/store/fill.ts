/** A store of many activities as a club has them: 20 athletes, 9 years, streams of ten minutes. */
import { createHash } from "node:crypto";
import { createRng, integer } from "../../src/base/index.ts";
import { encodeActivity } from "../../src/store/activity-row.ts";
import type { Store } from "../../src/store/store.ts";
import { said } from "../../test/conformance/kept-recording.ts";
import { storedActivity } from "../../test/conformance/stored-activity.ts";

const ATHLETES = 20;
const SPORTS = ["run", "ride", "hike", "walk"] as const;
export const NOW = Date.UTC(2026, 10, 20);
const YEARS_MS = 9 * 365 * 86_400_000;

/** @returns the ids of the athletes */
export async function fillStore(store: Store, count: number): Promise<number[]> {
  const rng = createRng(7);
  const athletes: number[] = [];
  for (let i = 0; i < ATHLETES; i++) {
    athletes.push((await store.athletes.create({ name: `Athlete ${i}` }, NOW)).id);
  }
  const { streams, detail } = storedActivity("x", { rows: 600 });
  for (let i = 0; i < count; i++) {
    const startMs = Math.round(NOW - YEARS_MS * (1 - i / count));
    const sport = SPORTS[integer(rng, SPORTS.length)]!;
    const title = `${["Morning", "Evening", "Long"][integer(rng, 3)]} ${sport} ${i}`;
    const activity = { detail: { ...detail, sport, title, startMs }, streams };
    const bytes = Buffer.from(createHash("sha256").update(`${i}`).digest());
    await store.recordings.keep(
      {
        athleteId: athletes[i % ATHLETES]!,
        blob: await store.blobs.put(bytes),
        file: `${i}.fit`,
        reader: { engine: 1, networkVersion: undefined },
        status: "ok",
        repairs: [],
        activities: [{ encoded: encodeActivity(activity), said: said(activity) }],
        fields: { visibility: i % 3 === 0 ? "everyone" : "only_me" },
      },
      { now: NOW, isDuplicate: (a, b) => a.startMs === b.startMs },
    );
  }
  return athletes;
}
