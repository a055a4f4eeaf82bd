/** Hiking and trail running: paths and tracks before roads, up to difficult alpine ground. */
import { foot } from "./foot.ts";
import type { ProfileData } from "./profile-data.ts";

export const hike: ProfileData = {
  ...foot,
  name: "hike",
  favouriteKmh: 4.5,
  speedKmh: {
    ...Object.fromEntries(Object.keys(foot.speedKmh).map((word) => [word, 4.5])),
    steps: 2.7,
    ferry: 10,
    via_ferrata: 1,
  },
  sacScaleSpeed: {
    mountain_hiking: 0.85,
    demanding_mountain_hiking: 0.7,
    alpine_hiking: 0.5,
    demanding_alpine_hiking: 0.35,
    difficult_alpine_hiking: 0.25,
  },
  dislike: {
    trunk: 4,
    trunk_link: 4,
    primary: 2.5,
    primary_link: 2.5,
    secondary: 2,
    secondary_link: 2,
    tertiary: 1.6,
    tertiary_link: 1.6,
    unclassified: 1.4,
    residential: 1.4,
    living_street: 1.3,
    service: 1.3,
    road: 1.3,
    cycleway: 1.2,
    pedestrian: 1.2,
    footway: 1.05,
    steps: 1.05,
    corridor: 2,
    platform: 2,
    busway: 3,
    area: 1.2,
  },
  surfaceDislike: { asphalt: 1.2, concrete: 1.2, paved: 1.2, mud: 1.2 },
  laneDislike: 0.9,
};
