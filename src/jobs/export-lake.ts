/**
 * Brings the lake up to the log: events since the last export become Parquet, members who were erased
 * or merged meanwhile are erased and merged in the files, and days of many small files get one. Doing it
 * twice does nothing; killed at any moment, the next one goes on from the last manifest. What it costs is
 * measured by `npm run bench -- features`.
 */
import type { MemberEvent } from "../schema/member-event.ts";
import { type Lake, lakeDefaults } from "../store/lake/index.ts";
import { createPageSize } from "../store/page-size.ts";
import type { Store } from "../store/store.ts";

export interface ExportLakeOptions {
  readonly store: Pick<Store, "events" | "featureStates">;
  readonly lake: Lake;
  readonly now: () => number;
  /** Begins with the first event: of a lake that is damaged. */
  readonly anew?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((seq: number, lastSeq: number) => void) | undefined;
}

export interface LakeExport {
  /** The log up to here is in the lake. */
  readonly seq: number;
  readonly events: number;
  /** Files that were written anew for members who were erased or merged. */
  readonly rewritten: number;
  readonly compacted: number;
}

/** Events that are asked of the database at once, where they are small. */
const PAGE = 20_000;
/** Characters of payloads that are gathered for one append. */
const GATHERED_CHARS = 256 * 1024 * 1024;
/** What was committed an hour after its timestamp is found too. */
const OVERLAP_MS = 3_600_000;

/** By folder: what runs, and what waits behind it. */
const running = new Map<string, Promise<unknown>>();

/**
 * One at a time: a second one waits for the first, in this process and in others, because training and
 * checks bring the lake up to date too.
 *
 * @throws WaymarkError STORE_DAMAGED, STORE_LOCKED
 */
export async function exportLake(options: ExportLakeOptions): Promise<LakeExport> {
  const { folder } = options.lake;
  const mine = (running.get(folder) ?? Promise.resolve())
    .catch(() => {})
    .then(() => options.lake.alone(() => bringUpToDate(options), options.signal));
  running.set(folder, mine);
  try {
    return await mine;
  } finally {
    if (running.get(folder) === mine) running.delete(folder);
  }
}

async function bringUpToDate(options: ExportLakeOptions): Promise<LakeExport> {
  const { store, lake, signal, onProgress } = options;
  if (options.anew) lake.clear();
  const lastSeq = await store.events.lastSeq();
  const since = lake.manifest().change - OVERLAP_MS;
  let events = 0;
  const page = createPageSize(PAGE);
  for (let { seq } = lake.manifest(); seq < lastSeq; ) {
    const batch: MemberEvent[] = [];
    let read = seq;
    let chars = 0;
    while (batch.length < lakeDefaults.batch && chars < GATHERED_CHARS) {
      signal?.throwIfAborted();
      const { limit } = page;
      const some = await store.events.read(read, limit);
      for (const event of some) batch.push(event);
      read = some.at(-1)?.seq ?? Math.max(read, lastSeq);
      chars += page.learn(some);
      if (some.length < limit) break;
    }
    const upTo = Math.max(read, seq);
    await lake.append(batch, upTo);
    events += batch.length;
    seq = upTo;
    onProgress?.(seq, Math.max(seq, lastSeq));
  }
  const changeMs = options.now();
  const changes = await store.featureStates.changesSince(since);
  const rewritten = await lake.rewrite(changes, changeMs);
  const compacted = await lake.compact();
  return { seq: lake.manifest().seq, events, rewritten, compacted };
}
