/** Mountain biking: trails and tracks first, rough ground welcome; the hardest trails are walked. */
import { bike } from "./bike.ts";
import type { ProfileData } from "./profile-data.ts";

export const mtb: ProfileData = {
  ...bike,
  name: "mtb",
  favouriteKmh: 16,
  speedKmh: {
    ...bike.speedKmh,
    track: 16,
    path: 15,
    bridleway: 14,
    footway: 12,
    cycleway: 17,
    steps: 0,
  },
  surfaceSpeed: { cobblestone: 0.75, grass: 0.7, sand: 0.5, mud: 0.5, rock: 0.55, snow: 0.5 },
  smoothnessSpeed: { horrible: 0.85, very_horrible: 0.6, impassable: 0.3 },
  trackTypeSpeed: { grade4: 0.9, grade5: 0.75 },
  sacScaleSpeed: {
    hiking: 0.9,
    mountain_hiking: 0.7,
    demanding_mountain_hiking: 0.45,
    alpine_hiking: 0.2,
    demanding_alpine_hiking: 0,
    difficult_alpine_hiking: 0,
  },
  mtbScaleSpeed: [1, 0.9, 0.75, 0.6, 0.45, 0.3, 0],
  dislike: {
    trunk: 4,
    trunk_link: 4,
    primary: 3,
    primary_link: 3,
    secondary: 2.2,
    secondary_link: 2.2,
    tertiary: 1.7,
    tertiary_link: 1.7,
    unclassified: 1.4,
    residential: 1.4,
    living_street: 1.4,
    service: 1.3,
    road: 1.3,
    cycleway: 1.2,
    track: 1.05,
  },
  surfaceDislike: { asphalt: 1.3, concrete: 1.3, paved: 1.3, paving_stones: 1.2 },
};
