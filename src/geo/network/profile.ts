/**
 * A profile says who moves: which arcs are open to them, how fast they go and how much they like
 * each kind of way. Profiles are data (`profile/*.ts`); `compileProfile` lays one over the arcs of a
 * network, 10–20 ns an arc.
 */
import { WaymarkError } from "../../base/error.ts";
import {
  ACCESS,
  FLAG,
  ROAD_CLASSES,
  SAC_SCALES,
  SMOOTHNESSES,
  SURFACES,
  TRACK_TYPES,
} from "./attribute.ts";
import type { Network } from "./network.ts";
import { bike } from "./profile/bike.ts";
import { car } from "./profile/car.ts";
import { foot } from "./profile/foot.ts";
import { gravel } from "./profile/gravel.ts";
import { hike } from "./profile/hike.ts";
import { mtb } from "./profile/mtb.ts";
import type { ProfileData } from "./profile/profile-data.ts";
import { PROFILE_NAMES, type ProfileName } from "./profile-name.ts";

export { PROFILE_NAMES, type ProfileName } from "./profile-name.ts";

/** A profile laid over one network: everything per arc (2 · edgeCount). */
export interface ProfileArcs {
  readonly profile: ProfileName;
  readonly networkVersion: string;
  /** 0 closed, 1 open. A bicycle that must be pushed is open. */
  readonly isOpen: Uint8Array;
  /** Metres per second on this arc; 0 where closed. */
  readonly speedMps: Float32Array;
  /** Cost per metre relative to the profile's favourite way, ≥ 1; Infinity where closed. */
  readonly cost: Float32Array;
}

const PROFILES: Readonly<Record<ProfileName, ProfileData>> = { foot, hike, bike, gravel, mtb, car };

/** @throws WaymarkError PROFILE_UNKNOWN with the choices */
export function profileOf(name: string): ProfileData {
  const known = PROFILE_NAMES.find((candidate) => candidate === name);
  if (!known) {
    throw new WaymarkError(
      "PROFILE_UNKNOWN",
      `profile '${name}' is unknown; choose one of ${PROFILE_NAMES.join(", ")}`,
      { choices: PROFILE_NAMES },
    );
  }
  return PROFILES[known];
}

const MODE_BITS = {
  foot: [ACCESS.FOOT_FORWARD, ACCESS.FOOT_BACKWARD],
  bike: [ACCESS.BIKE_FORWARD, ACCESS.BIKE_BACKWARD],
  motor: [ACCESS.MOTOR_FORWARD, ACCESS.MOTOR_BACKWARD],
} as const;

/** Pushing is as dear as its slowness and this factor. */
const PUSH_DISLIKE = 1.2;

/** @throws WaymarkError PROFILE_UNKNOWN with the choices */
export function compileProfile(network: Network, name: string): ProfileArcs {
  const profile = profileOf(name);
  const { edgeCount } = network;
  const isOpen = new Uint8Array(2 * edgeCount);
  const speedMps = new Float32Array(2 * edgeCount);
  const cost = new Float32Array(2 * edgeCount).fill(Number.POSITIVE_INFINITY);

  const classKmh = table(ROAD_CLASSES, profile.speedKmh, 0);
  const classDislike = table(ROAD_CLASSES, profile.dislike, 1);
  const surfaceSpeed = table(SURFACES, profile.surfaceSpeed, 1);
  const surfaceDislike = table(SURFACES, profile.surfaceDislike, 1);
  const smoothnessSpeed = table(SMOOTHNESSES, profile.smoothnessSpeed, 1);
  const trackTypeSpeed = table(TRACK_TYPES, profile.trackTypeSpeed, 1);
  const sacScaleSpeed = table(SAC_SCALES, profile.sacScaleSpeed, 1);
  const mtbScaleSpeed = Float64Array.of(1, ...profile.mtbScaleSpeed, 1, 1, 1, 1, 1, 1, 1);
  const laneFlag = profile.mode === "foot" ? FLAG.SIDEWALK : FLAG.CYCLEWAY;

  for (let e = 0; e < edgeCount; e++) {
    const access = network.access[e]!;
    // The worst of what is known about the ground counts once, not the product of four words.
    const ground = Math.min(
      surfaceSpeed[network.surface[e]!]!,
      smoothnessSpeed[network.smoothness[e]!]!,
      trackTypeSpeed[network.trackType[e]!]!,
      sacScaleSpeed[network.sacScale[e]!]!,
      mtbScaleSpeed[network.mtbScale[e]!]!,
    );
    const kmh = classKmh[network.roadClass[e]!]! * ground;
    let dislike = classDislike[network.roadClass[e]!]! * surfaceDislike[network.surface[e]!]!;
    if (network.flag[e]! & laneFlag) dislike *= profile.laneDislike;
    if (access & ACCESS.RESTRICTED) dislike *= profile.restrictedDislike;
    const lengthM = network.lengthM[e]!;
    const rise = lengthM > 0 ? (network.ascentM[e]! - network.descentM[e]!) / lengthM : 0;

    for (let direction = 0; direction < 2; direction++) {
      const arc = 2 * e + direction;
      const isRidden = (access & MODE_BITS[profile.mode][direction]!) !== 0 && kmh > 0;
      const isPushed =
        !isRidden &&
        profile.pushKmh > 0 &&
        // Where one may ride but cannot (an alpine path), one may push.
        (access & (ACCESS.BIKE_PUSH | MODE_BITS.bike[direction]!)) !== 0 &&
        (access & MODE_BITS.foot[direction]!) !== 0;
      if (!isRidden && !isPushed) continue;
      const grade = direction === 0 ? rise : -rise;
      const level = isRidden ? kmh : profile.pushKmh;
      const speed = level * profile.gradeSpeed(Math.max(-0.5, Math.min(0.5, grade)));
      isOpen[arc] = 1;
      speedMps[arc] = speed / 3.6;
      const slowness = profile.favouriteKmh / speed;
      cost[arc] = Math.max(1, Math.max(1, slowness) * (isRidden ? dislike : PUSH_DISLIKE));
    }
  }
  return { profile: profile.name, networkVersion: network.version, isOpen, speedMps, cost };
}

/** Values in the order of the vocabulary. */
function table(
  words: readonly string[],
  values: Readonly<Record<string, number | undefined>>,
  absent: number,
): Float64Array {
  return Float64Array.from(words, (word) => values[word] ?? absent);
}
