/**
 * The form in which a profile is written down: speeds by class, factors for the ground, and how much
 * each kind of way is liked. `compileProfile` turns it into arrays; nothing here depends on a network.
 */
import type { RoadClass, SAC_SCALES, SMOOTHNESSES, Surface, TRACK_TYPES } from "../attribute.ts";
import type { ProfileName } from "../profile-name.ts";

/** Factors by word; a word that is absent has factor 1. */
type By<Word extends string> = Readonly<Partial<Record<Word, number>>>;

export interface ProfileData {
  readonly name: ProfileName;
  readonly mode: "foot" | "bike" | "motor";
  /** Speed on a way of cost 1 in km/h; where one is faster, the cost stays 1 times the dislike. */
  readonly favouriteKmh: number;
  /** km/h on level, good ground; a class that is absent is closed. */
  readonly speedKmh: By<RoadClass>;
  /** km/h of a bicycle that is pushed; 0 where the profile never gets off. */
  readonly pushKmh: number;
  /** Factors of the speed. 0 closes the way, or leaves it to pushing. */
  readonly surfaceSpeed: By<Surface>;
  readonly smoothnessSpeed: By<(typeof SMOOTHNESSES)[number]>;
  readonly trackTypeSpeed: By<(typeof TRACK_TYPES)[number]>;
  readonly sacScaleSpeed: By<(typeof SAC_SCALES)[number]>;
  /** By mtb:scale 0–6. */
  readonly mtbScaleSpeed: readonly number[];
  /** Factors of the cost, 1 is liked best. */
  readonly dislike: By<RoadClass>;
  readonly surfaceDislike: By<Surface>;
  /** Where the way has a cycle lane or a pavement of its own for this mode. */
  readonly laneDislike: number;
  /** access=private, destination, customers. */
  readonly restrictedDislike: number;
  /** Factor of the speed at a grade (rise over run, negative downhill). */
  readonly gradeSpeed: (grade: number) => number;
}
