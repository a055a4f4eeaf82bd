/** The tags of one object as a map: for ways and relations, of which there are thousands, not millions. */
import type { TagColumns } from "./osm/osm-data.ts";

export type Tags = ReadonlyMap<string, string>;

/** Tags of row `i`; a key that stands twice keeps its last value. */
export function tagsOf(strings: readonly string[], columns: TagColumns, i: number): Tags {
  const tags = new Map<string, string>();
  for (let t = columns.firstTag[i]!; t < columns.firstTag[i + 1]!; t++) {
    tags.set(strings[columns.tagKey[t]!]!, strings[columns.tagValue[t]!]!);
  }
  return tags;
}

const WORDS_OF_YES: readonly (string | undefined)[] = ["yes", "true", "1"];

export function isYes(value: string | undefined): boolean {
  return WORDS_OF_YES.includes(value);
}

/** Present, and not "no": the usual sense of bridge=*, tunnel=*, ford=*, lit=*. */
export function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "no" && value !== "false" && value !== "0";
}
