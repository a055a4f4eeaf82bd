/**
 * A Strava bulk export: `activities.csv` beside `activities/*.fit.gz | .gpx | .tcx.gz`. The table
 * gives what the files do not: the title and the sport that the person chose. Its header is written
 * in the person's language, so columns are known by their place and by what stands in them.
 */
import type { Sport } from "../recording.ts";
import type { ArchiveEntry } from "./archive.ts";
import { parseCsv } from "./csv.ts";
import { sportOfWords } from "./sport.ts";

export interface StravaActivity {
  readonly activityId: string;
  /** The date as the table writes it, in the person's language. */
  readonly dateText: string;
  readonly title: string;
  readonly sport: Sport;
  /** The table's own word for the sport. */
  readonly statedSport: string;
  /** Path of the recording as the table writes it; "" for an activity entered by hand. */
  readonly fileName: string;
  /** Undefined for one entered by hand, and where the archive lacks the file. */
  readonly entry: ArchiveEntry | undefined;
}

export interface StravaExport {
  readonly activities: readonly StravaActivity[];
  /** Activities whose file the table names and the archive lacks. */
  readonly missingCount: number;
  /** Activities without a file: entered by hand. */
  readonly manualCount: number;
}

const TABLE = /(^|\/)activities\.csv$/i;
const RECORDING_PATH = /^activities\/[^/]+\.(fit|gpx|tcx)(\.gz)?$/i;

/** Strava's header names, and the places that they have had since the export exists. */
const COLUMNS = {
  activityId: { name: "activity id", place: 0 },
  date: { name: "activity date", place: 1 },
  title: { name: "activity name", place: 2 },
  sport: { name: "activity type", place: 3 },
} as const;

/** @returns undefined when the archive is no Strava export: it has no activities.csv */
export function readStravaExport(entries: readonly ArchiveEntry[]): StravaExport | undefined {
  const table = entries
    .filter((entry) => TABLE.test(entry.path))
    .sort((a, b) => a.path.length - b.path.length)[0];
  if (table === undefined) return undefined;
  const folder = table.path.replace(/[^/]*$/, "");
  const byPath = new Map(entries.map((entry) => [entry.path, entry]));
  const [header, ...records] = parseCsv(new TextDecoder("utf-8").decode(table.read()));
  if (header === undefined) return { activities: [], missingCount: 0, manualCount: 0 };

  const place = (column: { name: string; place: number }): number => {
    const found = header.findIndex((name) => name.trim().toLowerCase() === column.name);
    return found >= 0 ? found : column.place;
  };
  const fileColumn = findFileColumn(header, records);
  const idColumn = place(COLUMNS.activityId);
  const dateColumn = place(COLUMNS.date);
  const titleColumn = place(COLUMNS.title);
  const sportColumn = place(COLUMNS.sport);
  const activities = records.map((record): StravaActivity => {
    const fileName = (fileColumn < 0 ? "" : (record[fileColumn] ?? "")).trim();
    const statedSport = (record[sportColumn] ?? "").trim();
    return {
      activityId: (record[idColumn] ?? "").trim(),
      dateText: (record[dateColumn] ?? "").trim(),
      title: (record[titleColumn] ?? "").trim(),
      sport: sportOfWords(statedSport),
      statedSport,
      fileName,
      entry: fileName === "" ? undefined : byPath.get(folder + fileName),
    };
  });
  const manualCount = activities.filter((activity) => activity.fileName === "").length;
  const foundCount = activities.filter((activity) => activity.entry !== undefined).length;
  return { activities, manualCount, missingCount: activities.length - manualCount - foundCount };
}

/** "Filename" in English; in any language the column that holds paths of recordings. */
function findFileColumn(
  header: readonly string[],
  records: readonly (readonly string[])[],
): number {
  const named = header.findIndex((name) => name.trim().toLowerCase() === "filename");
  if (named >= 0) return named;
  for (const record of records) {
    const found = record.findIndex((value) => RECORDING_PATH.test(value.trim()));
    if (found >= 0) return found;
  }
  return -1;
}
