/** The tags of a way as the bytes of its edges: surface, scales, width, flags. */
import { FLAG, MTB_SCALE_UNKNOWN, SAC_SCALES, SMOOTHNESSES, TRACK_TYPES } from "./attribute.ts";
import { surfaceOf } from "./surface.ts";
import { isSet, isYes, type Tags } from "./tags.ts";

export interface WayAttributes {
  readonly surface: number;
  readonly smoothness: number;
  readonly trackType: number;
  readonly sacScale: number;
  readonly mtbScale: number;
  /** Decimetres, 0 unknown. */
  readonly width: number;
  /** Bits of FLAG. */
  readonly flag: number;
}

export function attributesOf(tags: Tags): WayAttributes {
  return {
    surface: surfaceOf(tags.get("surface")),
    smoothness: indexIn(SMOOTHNESSES, tags.get("smoothness")),
    trackType: indexIn(TRACK_TYPES, tags.get("tracktype")),
    sacScale: sacScaleOf(tags),
    mtbScale: mtbScaleOf(tags),
    width: widthOf(tags),
    flag: flagOf(tags),
  };
}

/** Index of the word, or of the worst known word of "bad;very_bad"; 0 when unknown. */
function indexIn(vocabulary: readonly string[], value: string | undefined): number {
  if (value === undefined) return 0;
  let worst = 0;
  for (const word of value.split(";")) {
    worst = Math.max(worst, vocabulary.indexOf(word.trim()));
  }
  return worst;
}

function sacScaleOf(tags: Tags): number {
  const value = tags.get("sac_scale");
  const numbered = value?.match(/^T?([1-6])[+-]?$/i);
  return numbered ? Number(numbered[1]) : indexIn(SAC_SCALES, value);
}

/**
 * mtb:scale ("2", "2+", "1-2" takes the harder) as value + 1. mtb:scale:imba (0–4) stands in where
 * the way has no mtb:scale, one grade lower because its easiest grade is a machine-built trail.
 */
function mtbScaleOf(tags: Tags): number {
  const grades = tags.get("mtb:scale")?.match(/[0-6]/g);
  if (grades) return Math.max(...grades.map(Number)) + 1;
  const imba = tags.get("mtb:scale:imba")?.match(/[0-4]/g);
  if (imba) return Math.max(0, Math.max(...imba.map(Number)) - 1) + 1;
  return MTB_SCALE_UNKNOWN;
}

function widthOf(tags: Tags): number {
  for (const key of ["width", "est_width", "width:carriageway"]) {
    const metres = parseMetres(tags.get(key));
    if (metres !== undefined && metres > 0)
      return Math.max(1, Math.min(255, Math.round(metres * 10)));
  }
  return 0;
}

const FOOT_M = 0.3048;
const UNIT_M: Readonly<Record<string, number>> = { "": 1, m: 1, cm: 0.01, km: 1000, ft: FOOT_M };

/** "2", "2.5 m", "2,5m", "80 cm", "6'", "6'3\"" or "7 ft" in metres; undefined when it is no length. */
export function parseMetres(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const text = value.trim().toLowerCase();
  const metric = text.match(/^~?(\d+(?:[.,]\d+)?)\s*(m|cm|km|ft|)$/);
  if (metric) return Number(metric[1]!.replace(",", ".")) * UNIT_M[metric[2]!]!;
  const imperial = text.match(/^(\d+(?:\.\d+)?)\s*'(?:\s*(\d+(?:\.\d+)?)\s*(?:"|''))?$/);
  if (imperial) return (Number(imperial[1]) + Number(imperial[2] ?? 0) / 12) * FOOT_M;
  return undefined;
}

const SIDEWALK_VALUES = /^(both|left|right|yes)$/;
const CYCLEWAY_VALUES = /^(lane|track|opposite_lane|opposite_track|shared_lane|share_busway|yes)$/;

function flagOf(tags: Tags): number {
  let flag = 0;
  if (isSet(tags.get("bridge"))) flag |= FLAG.BRIDGE;
  if (isSet(tags.get("tunnel")) && tags.get("tunnel") !== "culvert") flag |= FLAG.TUNNEL;
  const lit = tags.get("lit");
  if (isYes(lit) || lit === "24/7" || lit === "automatic" || lit === "sunset-sunrise") {
    flag |= FLAG.LIT;
  }
  const junction = tags.get("junction");
  if (junction === "roundabout" || junction === "circular") flag |= FLAG.ROUNDABOUT;
  if (isSet(tags.get("ford"))) flag |= FLAG.FORD;
  for (const side of ["", ":left", ":right", ":both"]) {
    if (SIDEWALK_VALUES.test(tags.get(`sidewalk${side}`) ?? "")) flag |= FLAG.SIDEWALK;
    if (CYCLEWAY_VALUES.test(tags.get(`cycleway${side}`) ?? "")) flag |= FLAG.CYCLEWAY;
  }
  return flag;
}

/** The name that people know: `name`, else the road's number. */
export function nameOfWay(tags: Tags): string {
  return tags.get("name") ?? tags.get("ref") ?? "";
}
