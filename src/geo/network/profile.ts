/**
 * A profile says who moves: which arcs are open to them, how fast they go and how much they like
 * each kind of way. Profiles are data (`profile/*.ts`); `compileProfile` turns one into arrays over
 * the arcs of a network. (Built by the network area; the matcher and the router read the result.)
 */

export const PROFILE_NAMES = ["foot", "hike", "bike", "gravel", "mtb", "car"] as const;
export type ProfileName = (typeof PROFILE_NAMES)[number];

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
