/**
 * Words of the map for what one moves on, and the index of the vocabulary that each becomes. The
 * synonyms are those that taginfo counts above about 1,000 uses.
 */
import { SURFACES, type Surface } from "./attribute.ts";

const SYNONYM: Readonly<Record<string, Surface>> = {
  "concrete:lanes": "concrete",
  "concrete:plates": "concrete",
  "concrete:lane": "concrete",
  cement: "concrete",
  chipseal: "asphalt",
  tarmac: "asphalt",
  bitmac: "asphalt",
  bricks: "paving_stones",
  brick: "paving_stones",
  grass_paver: "paving_stones",
  "paving_stones:lanes": "paving_stones",
  interlock: "paving_stones",
  tiles: "paving_stones",
  plates: "paving_stones",
  unhewn_cobblestone: "cobblestone",
  "cobblestone:flattened": "sett",
  metal_grid: "metal",
  boardwalk: "wood",
  plastic: "paved",
  rubber: "paved",
  tartan: "paved",
  acrylic: "paved",
  artificial_turf: "grass",
  carpet: "paved",
  clay: "compacted",
  pebbles: "pebblestone",
  shells: "fine_gravel",
  crushed_limestone: "fine_gravel",
  woodchips: "ground",
  earth: "dirt",
  soil: "dirt",
  bare_rock: "rock",
  rocks: "rock",
  rocky: "rock",
  stone: "rock",
  stones: "rock",
  stepping_stones: "rock",
  scree: "rock",
  ice: "snow",
  trail: "ground",
  forest: "ground",
};

const INDEX = new Map<string, number>(SURFACES.map((word, i) => [word, i]));
for (const [word, surface] of Object.entries(SYNONYM)) INDEX.set(word, INDEX.get(surface)!);

/** Index into SURFACES; the first known word of "asphalt;gravel" counts. 0 when there is none. */
export function surfaceOf(value: string | undefined): number {
  if (value === undefined) return 0;
  const direct = INDEX.get(value);
  if (direct !== undefined) return direct;
  for (const word of value.split(/[;,]/)) {
    const index = INDEX.get(word.trim().toLowerCase());
    if (index !== undefined) return index;
  }
  return 0;
}
