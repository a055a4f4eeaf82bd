/**
 * The figures of the Retention page: of everybody, and of every segment with enough members, kept as
 * reports that the console reads. Built from memberships and active days, so it can be done again at any
 * time and comes to the same. Measured in docs/guide/retention.md.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { WaymarkError } from "../base/index.ts";
import {
  choicesOf,
  conversionDefaults,
  DAY_MS,
  dayOf,
  prepareLives,
  type RateTable,
  retentionReport,
  segmentDefaults,
  segmentKey,
  segmentsOf,
} from "../lifecycle/metric/index.ts";
import { BUILD_REPORTS } from "../platform/job/kinds.ts";
import type { JobQueue } from "../platform/job/queue.ts";
import {
  CHOICES_KEY,
  RATES_SETTING,
  RETENTION,
  type RetentionChoices,
  ratesSchema,
} from "../schema/retention.ts";
import type { Store } from "../store/store.ts";

export const reportsDefaults = {
  /** Milliseconds that figures may be behind a log that grows. */
  freshMs: 15 * 60_000,
} as const;

/** Whose place in the log is the memberships' (jobs/follow-log.ts). */
const MEMBERSHIPS_READER = "memberships";

export interface BuildReportsOptions {
  readonly store: Pick<Store, "events" | "memberships" | "reports" | "settings">;
  /** Epoch milliseconds: what has happened and is known by then. */
  readonly now: number;
  readonly onProgress?: ((phase: string, done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * @returns how many members were counted, in how many segments
 * @throws WaymarkError OPTION_INVALID for a setting of rates that cannot be read
 */
export async function buildReports(
  options: BuildReportsOptions,
): Promise<{ readonly members: number; readonly segments: number }> {
  const { store, now, onProgress, signal } = options;
  const rates = await ratesOf(store);
  // Read before the rows: they hold at least this much of the log.
  const seq = await store.events.position(MEMBERSHIPS_READER);
  const lives = await store.memberships.lives({
    // The end of the last whole day: what happened since is in tomorrow's figures.
    asOfMs: dayOf(now) * DAY_MS - 1,
    knownMs: now,
    activation: {
      kinds: conversionDefaults.activationKinds,
      withinMs: conversionDefaults.activationDays * DAY_MS,
    },
    onProgress: (done, total) => onProgress?.("Reading memberships", done, total),
    signal,
  });
  const prepared = prepareLives(lives, now, rates);
  const { fewest } = segmentDefaults;
  const choices: RetentionChoices = {
    ...choicesOf(lives, prepared.spells),
    fewest,
    converted: rates?.to ?? null,
  };
  const rows = new Map<string, unknown>([[CHOICES_KEY, choices]]);
  const segments = segmentsOf(lives, prepared.spells, fewest);
  for (const [done, { segment, members }] of segments.entries()) {
    signal?.throwIfAborted();
    rows.set(segmentKey(segment), retentionReport(prepared, members));
    onProgress?.("Counting", done + 1, segments.length);
    // Requests are answered in between.
    await nextTurn();
  }
  // A store without a member has a report too: it says that nobody is there.
  if (segments.length === 0) rows.set(segmentKey({}), retentionReport(prepared, []));
  await store.reports.replace(RETENTION, rows, { atMs: now, seq });
  return { members: lives.memberId.length, segments: rows.size - 1 };
}

/** Sends the job where the log or the day has moved on since the figures were built. */
export async function sendReportsWhenDue(
  store: Pick<Store, "events" | "reports">,
  queue: JobQueue,
  now: number,
): Promise<void> {
  const built = await store.reports.get(RETENTION, CHOICES_KEY);
  if (built) {
    const isYesterdays = dayOf(built.builtMs) < dayOf(now);
    if (!isYesterdays && now - built.builtMs < reportsDefaults.freshMs) return;
    const seq = await store.events.position(MEMBERSHIPS_READER);
    if (!isYesterdays && built.seq === seq) return;
  } else if ((await store.events.position(MEMBERSHIPS_READER)) === 0) return;
  await queue.send(BUILD_REPORTS, {}, { key: "all" });
}

async function ratesOf({ settings }: Pick<Store, "settings">): Promise<RateTable | undefined> {
  const value = await settings.get(RATES_SETTING);
  if (value === undefined || value === null) return undefined;
  const read = ratesSchema.safeParse(value);
  if (read.success) return read.data;
  const why = read.error.issues[0]!;
  throw new WaymarkError(
    "OPTION_INVALID",
    `the setting ${RATES_SETTING}: '${why.path.join(".")}' ${why.message}`,
  );
}
