/**
 * What others see of an activity whose ends its athlete hides: rows, lines and pieces within the ends,
 * with time and distance counted from the first row that is shown. Each end is cut by up to a third
 * more than was asked, by an amount that only the raw file tells, so that a length that people choose
 * alike does not point at a door. Totals stay those of the whole activity. O(rows).
 */
import { createHash } from "node:crypto";
import { haversine } from "../geo/lonlat.ts";
import { decodePolyline, encodePolyline } from "../geo/polyline.ts";
import { simplify } from "../geo/simplify.ts";
import type { ActivityDetail, ActivityStreams, Piece } from "../schema/activity.ts";
import type { OwnedDetail, Ownership, Viewer } from "../store/activities.ts";
import type { Store } from "../store/store.ts";
import type { SharedSummary } from "../store/table.ts";

export const shownDefaults = {
  /** Most that is cut beyond the metres that were asked, as a share of them. */
  jitterShare: 1 / 3,
  /** Metres more that a piece of the match loses where it is cut: its line is not quite the track. */
  pieceMarginM: 25,
  /** A thumbnail is some 100 pixels wide: a hundredth of the line's box is a pixel. */
  thumbnailShare: 0.01,
} as const;

export interface Shown {
  readonly owned: OwnedDetail;
  /** As the viewer may see it. */
  readonly detail: ActivityDetail;
  readonly isOwn: boolean;
}

export interface ShownWithStreams extends Shown {
  readonly streams: ActivityStreams;
}

/**
 * @param viewer who must be let see it
 * @param eyes whose it must be to be shown whole: a token that may not read all sees its own
 *   athlete's as others do, also where it has just hidden it
 * @throws WaymarkError NOT_FOUND, also where the viewer may not see it
 */
export async function shownDetail(
  { activities }: Pick<Store, "activities">,
  id: number,
  viewer: Viewer,
  eyes: Viewer = viewer,
): Promise<Shown> {
  const whole = asSeen(await activities.get(id, viewer), eyes);
  return isWhole(whole) ? whole : cut(whole, await activities.streams(id, viewer));
}

/** With the columns, as they go together. @throws WaymarkError NOT_FOUND, as `shownDetail` */
export async function shownWithStreams(
  { activities }: Pick<Store, "activities">,
  id: number,
  viewer: Viewer,
  eyes: Viewer = viewer,
): Promise<ShownWithStreams> {
  const whole = asSeen(await activities.get(id, viewer), eyes);
  const streams = await activities.streams(id, viewer);
  return isWhole(whole) ? { ...whole, streams } : cut(whole, streams);
}

function asSeen(owned: OwnedDetail, { athleteId }: Viewer): Shown {
  const isOwn = owned.athleteId === athleteId;
  // Names of files say where and what their owner keeps.
  return { owned, detail: isOwn ? owned.detail : { ...owned.detail, file: "" }, isOwn };
}

function isWhole({ owned, isOwn }: Shown): boolean {
  return isOwn || !hidesEnds(owned);
}

function cut(shown: Shown, streams: ActivityStreams): ShownWithStreams {
  const { owned, detail } = shown;
  const rows = shownRows(streams, owned);
  return {
    ...shown,
    detail: cutDetail(detail, streams, rows, owned.shared),
    streams: cutStreams(streams, rows),
  };
}

type HiddenEnds = Pick<Ownership, "hiddenStartM" | "hiddenEndM" | "sha256" | "number">;

export function hidesEnds({ hiddenStartM, hiddenEndM }: HiddenEnds): boolean {
  return hiddenStartM > 0 || hiddenEndM > 0;
}

/** Rows from `first` up to, not including, `end`; both 0 when nothing is left. */
export interface Rows {
  readonly first: number;
  readonly end: number;
}

export function shownRows({ distanceM }: ActivityStreams, ends: HiddenEnds): Rows {
  const total = distanceM.at(-1) ?? 0;
  const fromM = ends.hiddenStartM * (1 + jitter(ends, "start"));
  const toM = total - ends.hiddenEndM * (1 + jitter(ends, "end"));
  let first = 0;
  while (first < distanceM.length && distanceM[first]! < fromM) first++;
  let end = distanceM.length;
  while (end > first && distanceM[end - 1]! > toM) end--;
  return end - first < 2 ? { first: 0, end: 0 } : { first, end };
}

/** 0 to `jitterShare`. The hash of the raw bytes is known to those alone who have the file. */
function jitter({ sha256, number }: HiddenEnds, end: "start" | "end"): number {
  const digest = createHash("sha256").update(`${sha256} ${number} ${end}`).digest();
  return (digest.readUInt32BE(0) / 2 ** 32) * shownDefaults.jitterShare;
}

export function cutStreams(streams: ActivityStreams, { first, end }: Rows): ActivityStreams {
  const cut = Object.fromEntries(
    Object.entries(streams).map(([name, column]) => [name, column?.slice(first, end)]),
  ) as unknown as ActivityStreams;
  return {
    ...cut,
    timeS: fromZero(cut.timeS),
    distanceM: fromZero(cut.distanceM),
  };
}

function fromZero(column: readonly number[]): number[] {
  const first = column[0] ?? 0;
  return column.map((value) => Math.round((value - first) * 1000) / 1000);
}

/** The summary of what others see: for the list's thumbnails. */
export function sharedSummary(streams: ActivityStreams, rows: Rows): SharedSummary {
  const { lon, lat } = positions(streams, rows);
  if (lon.length === 0) return { line: "", bbox: null };
  const bbox = boxOf(lon, lat);
  const [west, south, east, north] = bbox;
  const toleranceM = haversine(west, south, east, north) * shownDefaults.thumbnailShare;
  const kept = [...simplify(lon, lat, toleranceM)];
  return {
    line: encodePolyline(
      kept.map((i) => lon[i]!),
      kept.map((i) => lat[i]!),
      6,
    ),
    bbox,
  };
}

export function cutDetail(
  detail: ActivityDetail,
  streams: ActivityStreams,
  rows: Rows,
  shared: SharedSummary | null,
): ActivityDetail {
  const { line, bbox } = shared ?? sharedSummary(streams, rows);
  // Times count from the start as the columns' do: how long the hidden end took is not told.
  const hiddenMs = (streams.timeS[rows.first] ?? 0) * 1000;
  const fromMs = detail.startMs + hiddenMs;
  const toMs = detail.startMs + (streams.timeS[Math.max(rows.first, rows.end - 1)] ?? 0) * 1000;
  const isNothing = rows.end === 0;
  return {
    ...detail,
    line,
    bbox: bbox && [...bbox],
    points: rows.end - rows.first,
    pauses: detail.pauses
      .filter(({ startMs, endMs }) => !isNothing && startMs >= fromMs && endMs <= toMs)
      .map((pause) => ({
        ...pause,
        startMs: pause.startMs - hiddenMs,
        endMs: pause.endMs - hiddenMs,
      })),
    bestEfforts: detail.bestEfforts
      .filter(
        ({ startMs, elapsedS }) =>
          !isNothing && startMs >= fromMs && startMs + elapsedS * 1000 <= toMs,
      )
      .map((effort) => ({ ...effort, startMs: effort.startMs - hiddenMs })),
    match: detail.match && {
      ...detail.match,
      pieces: isNothing ? [] : cutPieces(detail.match.pieces, streams, rows),
    },
  };
}

function cutPieces(
  pieces: readonly Piece[],
  { distanceM }: ActivityStreams,
  { first, end }: Rows,
): Piece[] {
  const last = end - 1;
  return pieces.flatMap((piece) => {
    const { firstPoint, lastPoint } = piece;
    if (lastPoint <= first || firstPoint >= last) return [];
    const index = {
      firstPoint: Math.max(firstPoint, first) - first,
      lastPoint: Math.min(lastPoint, last) - first,
    };
    if (firstPoint >= first && lastPoint <= last) return [{ ...piece, ...index }];
    const wholeM = distanceM[lastPoint]! - distanceM[firstPoint]!;
    if (!(wholeM > 0)) return [];
    const headM = Math.max(0, distanceM[first]! - distanceM[firstPoint]!);
    const tailM = Math.max(0, distanceM[lastPoint]! - distanceM[last]!);
    const line = cutLine(piece.line, headM / wholeM, tailM / wholeM);
    if (line === "") return [];
    // The names of its ways would tell of those that are hidden.
    const lengthM = piece.lengthM * Math.max(0, 1 - (headM + tailM) / wholeM);
    return [{ ...piece, ...index, line, lengthM, names: [] }];
  });
}

/** Takes shares of its length and the margin off a line's ends. */
function cutLine(line: string, headShare: number, tailShare: number): string {
  const { lon, lat } = decodePolyline(line, 6);
  const alongM = [0];
  for (let i = 1; i < lon.length; i++) {
    alongM.push(alongM[i - 1]! + haversine(lon[i - 1]!, lat[i - 1]!, lon[i]!, lat[i]!));
  }
  const wholeM = alongM.at(-1)!;
  const marginM = shownDefaults.pieceMarginM;
  const fromM = headShare > 0 ? headShare * wholeM + marginM : 0;
  const toM = tailShare > 0 ? wholeM * (1 - tailShare) - marginM : wholeM;
  if (!(toM > fromM)) return "";
  const at = (m: number): [number, number] => {
    const i = Math.max(
      1,
      alongM.findIndex((d) => d >= m),
    );
    const stepM = alongM[i]! - alongM[i - 1]!;
    const share = stepM > 0 ? (m - alongM[i - 1]!) / stepM : 0;
    return [
      lon[i - 1]! + (lon[i]! - lon[i - 1]!) * share,
      lat[i - 1]! + (lat[i]! - lat[i - 1]!) * share,
    ];
  };
  const inner = alongM.flatMap((d, i) =>
    d > fromM && d < toM ? [[lon[i]!, lat[i]!] as const] : [],
  );
  const points = [at(fromM), ...inner, at(toM)];
  return encodePolyline(
    points.map(([x]) => x),
    points.map(([, y]) => y),
    6,
  );
}

function positions(streams: ActivityStreams, { first, end }: Rows) {
  const lon: number[] = [];
  const lat: number[] = [];
  for (let i = first; i < end; i++) {
    const x = streams.lon[i];
    const y = streams.lat[i];
    if (typeof x !== "number" || typeof y !== "number") continue;
    lon.push(x);
    lat.push(y);
  }
  return { lon, lat };
}

function boxOf(lon: readonly number[], lat: readonly number[]): [number, number, number, number] {
  const box: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < lon.length; i++) {
    box[0] = Math.min(box[0], lon[i]!);
    box[1] = Math.min(box[1], lat[i]!);
    box[2] = Math.max(box[2], lon[i]!);
    box[3] = Math.max(box[3], lat[i]!);
  }
  return box;
}
