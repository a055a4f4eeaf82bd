/** The profiles by name; a file of its own so that their data and their compiler can both know it. */
export const PROFILE_NAMES = ["foot", "hike", "bike", "gravel", "mtb", "car"] as const;
export type ProfileName = (typeof PROFILE_NAMES)[number];
