/**
 * The base map's own colours, light and dark: desaturated land, clear water, paths that can be told
 * apart. Quiet on purpose: the loudest thing on the map is the line that the person asked for.
 */
export interface MapPalette {
  readonly land: string;
  readonly wood: string;
  readonly scrub: string;
  readonly grass: string;
  readonly farmland: string;
  readonly rock: string;
  readonly sand: string;
  readonly glacier: string;
  readonly wetland: string;
  readonly residential: string;
  readonly industrial: string;
  readonly park: string;
  readonly pitch: string;
  readonly water: string;
  readonly waterEdge: string;
  readonly building: string;
  readonly buildingEdge: string;
  readonly road: string;
  readonly roadMajor: string;
  readonly roadMotor: string;
  readonly casing: string;
  readonly casingMajor: string;
  readonly trail: string;
  readonly trailHard: string;
  readonly track: string;
  readonly footway: string;
  readonly cycleway: string;
  readonly rail: string;
  readonly lift: string;
  readonly boundary: string;
  readonly text: string;
  readonly textQuiet: string;
  readonly textWater: string;
  readonly textPark: string;
  readonly halo: string;
}

export const LIGHT: MapPalette = {
  land: "#f4f3ee",
  wood: "#dce6d3",
  scrub: "#e3e9d8",
  grass: "#e9eedd",
  farmland: "#f1efdf",
  rock: "#e9e7e2",
  sand: "#f3ecd6",
  glacier: "#eaf3f7",
  wetland: "#dfeae4",
  residential: "#edebe5",
  industrial: "#e9e7e4",
  park: "#dfebd3",
  pitch: "#d6e6cb",
  water: "#b9d7e8",
  waterEdge: "#96bfd8",
  building: "#dfdbd2",
  buildingEdge: "#cfc9bd",
  road: "#ffffff",
  roadMajor: "#fdf3dc",
  roadMotor: "#f9e3bd",
  casing: "#d9d6cd",
  casingMajor: "#d8c9a4",
  trail: "#8c5f3c",
  trailHard: "#7a3b2a",
  track: "#a68a62",
  footway: "#a98b7d",
  cycleway: "#5a7fae",
  rail: "#a9a9a6",
  lift: "#7d8089",
  boundary: "#a793ab",
  text: "#3b423e",
  textQuiet: "#727a74",
  textWater: "#3f78a0",
  textPark: "#5a7a48",
  halo: "#f8f7f3",
};

export const DARK: MapPalette = {
  land: "#191d1b",
  wood: "#1b2720",
  scrub: "#1d2720",
  grass: "#1f2821",
  farmland: "#23261f",
  rock: "#232625",
  sand: "#2a271f",
  glacier: "#27323a",
  wetland: "#1c2826",
  residential: "#212523",
  industrial: "#242727",
  park: "#1e2d21",
  pitch: "#223325",
  water: "#152b3a",
  waterEdge: "#234457",
  building: "#2b302d",
  buildingEdge: "#363c38",
  road: "#3b413e",
  roadMajor: "#4a4a41",
  roadMotor: "#58523f",
  casing: "#131614",
  casingMajor: "#131614",
  trail: "#a07e5f",
  trailHard: "#bd755d",
  track: "#7d6d54",
  footway: "#7a6a60",
  cycleway: "#5f83ae",
  rail: "#555b58",
  lift: "#757a85",
  boundary: "#6b5c70",
  text: "#c6ccc8",
  textQuiet: "#8d9690",
  textWater: "#6fa3c4",
  textPark: "#84a374",
  halo: "#161a18",
};
