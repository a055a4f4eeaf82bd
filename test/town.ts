/**
 * Streets drawn in ASCII become an OpenStreetMap extract and a network, so that a test reads like the
 * place it is about (the habit of Valhalla's gurka and OSRM's features).
 *
 *     const t = town(
 *       `A---B---C
 *            |
 *        1   D`,
 *       { ABC: { highway: "path" }, BD: {} },
 *     );
 *     t.arcOf("AB"); t.at["1"]; t.fixes; t.network; t.osm;
 *
 * Each letter is a node, each digit a GPS fix; line art is ignored. A way is named by its letters; "?"
 * among them is a node that the extract lacks. Ways without a feature of their own are
 * `highway=residential`, and each is named by its letters unless it has a name.
 */
import { METRES_PER_DEGREE, metresPerLon, UNITS_PER_DEGREE } from "../src/geo/lonlat.ts";
import { type BuildOptions, buildNetwork } from "../src/geo/network/build.ts";
import type { Network } from "../src/geo/network/network.ts";
import { OsmBlockBuilder } from "../src/geo/network/osm/block-builder.ts";
import { createCollector } from "../src/geo/network/osm/collect.ts";
import {
  MEMBER_NODE,
  MEMBER_RELATION,
  MEMBER_WAY,
  type OsmData,
} from "../src/geo/network/osm/osm-data.ts";
import type { Repair } from "../src/geo/track/recording.ts";

type TagRecord = Readonly<Record<string, string>>;

/** A member is named by its letters: one letter is a node, several a way, "#2" the second relation. */
export interface TownRelation {
  readonly tags: TagRecord;
  /** [letters, role]. */
  readonly members: readonly (readonly [string, string])[];
}

export interface TownOptions {
  /** Metres per character of the drawing; default 10. */
  readonly grid?: number;
  /** [lon, lat] of the top left corner; default [8, 47]. */
  readonly origin?: readonly [number, number];
  /** Tags of nodes by letter. */
  readonly nodes?: Readonly<Record<string, TagRecord>>;
  readonly relations?: readonly TownRelation[];
  readonly build?: BuildOptions;
}

export interface Town {
  /** [lon, lat] in degrees of every letter and digit. */
  readonly at: Readonly<Record<string, readonly [number, number]>>;
  /** Positions of the digits that are drawn, 0 first. */
  readonly fixes: readonly (readonly [number, number])[];
  readonly osm: OsmData;
  readonly network: Network;
  readonly repairs: readonly Repair[];
  /** The arc that leads along these letters; throws when there is none or more than one. */
  arcOf(letters: string): number;
  hasArc(letters: string): boolean;
  /** Letters along an arc, "ABC"; "·" where the shape has no letter. */
  lettersOf(arc: number): string;
  /** Letters of the way with this id, as it was given. */
  wayOf(wayId: number): string;
  /** The network node at a letter; throws when the letter is none or several. */
  nodeOf(letter: string): number;
}

/** A way with one of these keys is given as it is. */
const FEATURE_KEYS = [
  "highway",
  "route",
  "railway",
  "public_transport",
  "man_made",
  "leisure",
  "landuse",
  "natural",
  "waterway",
  "building",
  "place",
  "barrier",
  "area:highway",
];
const FIRST_WAY_ID = 1001;
const FIRST_RELATION_ID = 5001;
const MISSING_NODE_ID = 999_999;

export function town(
  drawing: string,
  ways: readonly string[] | Readonly<Record<string, TagRecord>>,
  options: TownOptions = {},
): Town {
  const at = positions(drawing, options.grid ?? 10, options.origin ?? [8, 47]);
  const wayTags: TagRecordByLetters = Array.isArray(ways)
    ? Object.fromEntries((ways as readonly string[]).map((letters) => [letters, {}]))
    : (ways as TagRecordByLetters);
  const osm = extractOf(at, wayTags, options);
  const { network, repairs } = buildNetwork(osm, options.build);
  return { ...lookups(at, Object.keys(wayTags), network), at, osm, network, repairs };
}

type TagRecordByLetters = Readonly<Record<string, TagRecord>>;

/** The drawing and its ways as an extract, without a network. */
export function townExtract(
  drawing: string,
  ways: TagRecordByLetters,
  options: TownOptions = {},
): OsmData {
  return extractOf(
    positions(drawing, options.grid ?? 10, options.origin ?? [8, 47]),
    ways,
    options,
  );
}

function positions(
  drawing: string,
  grid: number,
  [west, north]: readonly [number, number],
): Record<string, readonly [number, number]> {
  const at: Record<string, readonly [number, number]> = {};
  for (const [row, line] of drawing.split("\n").entries()) {
    for (const [column, mark] of [...line].entries()) {
      if (!/[A-Za-z0-9]/.test(mark)) continue;
      if (at[mark]) throw new Error(`town: '${mark}' is drawn twice`);
      at[mark] = [
        west + (column * grid) / metresPerLon(north),
        north - (row * grid) / METRES_PER_DEGREE,
      ];
    }
  }
  return at;
}

function extractOf(
  at: Readonly<Record<string, readonly [number, number]>>,
  ways: TagRecordByLetters,
  options: TownOptions,
): OsmData {
  const block = new OsmBlockBuilder();
  const index = new Map<string, number>();
  const string = (text: string): number => {
    if (!index.has(text)) index.set(text, block.strings.push(text) - 1);
    return index.get(text)!;
  };
  const addTags = (tags: TagRecord): void => {
    for (const [key, value] of Object.entries(tags)) block.addTag(string(key), string(value));
  };
  for (const letter of Object.keys(options.nodes ?? {})) requireDrawn(at, letter);

  // In the order of their ids, as extracts are.
  const drawn = Object.entries(at).sort(([a], [b]) => idOf(a) - idOf(b));
  for (const [letter, [lon, lat]] of drawn) {
    if (/\d/.test(letter)) continue;
    block.addNode(
      idOf(letter),
      Math.round(lon * UNITS_PER_DEGREE),
      Math.round(lat * UNITS_PER_DEGREE),
    );
    addTags(options.nodes?.[letter] ?? {});
    block.closeNode();
  }
  const names = Object.keys(ways);
  for (const [i, [letters, tags]] of Object.entries(ways).entries()) {
    for (const letter of letters) {
      if (letter !== "?") requireDrawn(at, letter);
      block.addRef(letter === "?" ? MISSING_NODE_ID : idOf(letter));
    }
    const isFeature = FEATURE_KEYS.some((key) => key in tags);
    addTags({ ...(isFeature ? {} : { highway: "residential" }), name: letters, ...tags });
    block.closeWay(FIRST_WAY_ID + i);
  }
  for (const [i, relation] of (options.relations ?? []).entries()) {
    for (const [member, role] of relation.members) {
      const way = names.indexOf(member);
      if (member.startsWith("#")) {
        const id = FIRST_RELATION_ID + Number(member.slice(1)) - 1;
        block.addMember(MEMBER_RELATION, id, string(role));
      } else if (way >= 0) block.addMember(MEMBER_WAY, FIRST_WAY_ID + way, string(role));
      else if (member.length === 1) block.addMember(MEMBER_NODE, idOf(member), string(role));
      else throw new Error(`town: relation names way '${member}', which is not given`);
    }
    addTags(relation.tags);
    block.closeRelation(FIRST_RELATION_ID + i);
  }
  const collector = createCollector();
  collector.add(block.finish());
  return collector.finish();
}

function requireDrawn(at: Readonly<Record<string, unknown>>, letter: string): void {
  if (!at[letter]) throw new Error(`town: '${letter}' is used but not drawn`);
}

function idOf(letter: string): number {
  return letter.charCodeAt(0);
}

function lookups(
  at: Readonly<Record<string, readonly [number, number]>>,
  ways: readonly string[],
  network: Network,
): Omit<Town, "at" | "osm" | "network" | "repairs"> {
  const letterAt = new Map<string, string>();
  for (const [letter, [lon, lat]] of Object.entries(at)) {
    if (/\d/.test(letter)) continue;
    letterAt.set(
      `${Math.round(lon * UNITS_PER_DEGREE)},${Math.round(lat * UNITS_PER_DEGREE)}`,
      letter,
    );
  }
  const lettersOf = (arc: number): string => {
    const e = arc >>> 1;
    let letters = "";
    for (let i = network.firstShape[e]!; i < network.firstShape[e + 1]!; i++) {
      letters += letterAt.get(`${network.shapeLon[i]},${network.shapeLat[i]}`) ?? "·";
    }
    return arc & 1 ? [...letters].reverse().join("") : letters;
  };
  const arcs = Array.from({ length: 2 * network.edgeCount }, (_, arc) => lettersOf(arc));
  const arcsAlong = (letters: string): number[] => {
    const where = (test: (along: string) => boolean): number[] =>
      arcs.flatMap((along, arc) => (test(along) ? [arc] : []));
    const exact = where((along) => along === letters);
    if (exact.length > 0) return exact;
    const ends = where((along) => along[0] === letters[0] && along.at(-1) === letters.at(-1));
    if (letters.length === 2 && ends.length > 0) return ends;
    return where((along) => along.includes(letters));
  };
  return {
    fixes: Object.keys(at)
      .filter((mark) => /\d/.test(mark))
      .sort()
      .map((mark) => at[mark]!),
    lettersOf,
    hasArc: (letters) => arcsAlong(letters).length > 0,
    arcOf(letters) {
      const found = arcsAlong(letters);
      if (found.length !== 1) {
        throw new Error(
          `town: ${found.length} arcs lead along '${letters}'; the network has ` +
            arcs.filter((_, arc) => arc % 2 === 0).join(", "),
        );
      }
      return found[0]!;
    },
    wayOf(wayId) {
      const letters = ways[wayId - FIRST_WAY_ID];
      if (letters === undefined) throw new Error(`town: no way has id ${wayId}`);
      return letters;
    },
    nodeOf(letter) {
      requireDrawn(at, letter);
      const found = [...network.nodeOsmId.keys()].filter(
        (n) => network.nodeOsmId[n] === idOf(letter),
      );
      if (found.length !== 1) {
        throw new Error(`town: '${letter}' is ${found.length} nodes of the network`);
      }
      return found[0]!;
    },
  };
}
