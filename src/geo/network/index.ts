export { assembleNetwork, type NetworkDraft } from "./assemble.ts";
export * from "./attribute.ts";
export { type BuildOptions, type BuiltNetwork, buildNetwork, type ElevationGrid } from "./build.ts";
export { type Components, componentsOf, largestComponent } from "./component.ts";
export { NETWORK_ARRAYS, type Network, nameOf } from "./network.ts";
export {
  compileProfile,
  PROFILE_NAMES,
  type ProfileArcs,
  type ProfileName,
  profileOf,
} from "./profile.ts";
export { type DecodeOptions, decodeSnapshot, encodeSnapshot } from "./snapshot.ts";
