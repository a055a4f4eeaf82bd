/**
 * What the engines offer to other programs: pure functions over typed arrays, for Node, a worker or a
 * browser. Files and threads are the caller's; an error is a `WaymarkError` with a code of
 * docs/reference/errors.md.
 *
 * A recording: `decodeFile` → `splitRecording` → `cleanRecording`. A map: `decodeSnapshot` of the
 * `network.wmk` that `waymark map build` writes. Both: `createMatcher`, and `geometryOf` for the line.
 */
export { cutBasemap } from "./basemap/index.ts";
export {
  createGrid,
  type ElevationGrid,
  type GridSamples,
  mosaic,
  readElevation,
} from "./elevation/index.ts";
export { bearing, haversine, UNITS_PER_DEGREE } from "./lonlat.ts";
export {
  buildCandidateIndex,
  type CandidateIndex,
  createMatcher,
  geometryOf,
  type Match,
  type MatchedPiece,
  type Matcher,
  type MatchOptions,
  type MatchPiece,
  type MatchStatistics,
  matchDefaults,
  type OffNetworkPiece,
  type TrackPoints,
} from "./match/index.ts";
export {
  type BuildOptions,
  type BuiltNetwork,
  buildNetwork,
  compileProfile,
  decodeSnapshot,
  encodeSnapshot,
  type Network,
  nameOf,
  PROFILE_NAMES,
  type ProfileArcs,
  type ProfileName,
} from "./network/index.ts";
export type { OsmData } from "./network/osm/osm-data.ts";
export { decodePolyline, encodePolyline } from "./polyline.ts";
export { simplify } from "./simplify.ts";
export {
  type Activity,
  CHANNELS,
  type CleanOptions,
  type CleanStreams,
  cleanRecording,
  type DecodedFile,
  decodeFile,
  isRoutine,
  type Measures,
  type Recording,
  type Repair,
  readArchive,
  type Sport,
  type Streams,
  splitRecording,
} from "./track/index.ts";
