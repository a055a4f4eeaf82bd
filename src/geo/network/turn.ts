/**
 * Forbidden turns: a turn is a pair of arcs, and the network holds the forbidden ones sorted by
 * (from, to). Walkers, and riders who push, are bound by none.
 */
import type { Network } from "./network.ts";

/** Mode bits of `Network.turnMode`. */
export const TURN_MODE = { BIKE: 1, MOTOR: 2 } as const;

/** Whether going from `fromArc` into `toArc` is forbidden to the mode. O(log turns). */
export function isTurnForbidden(
  network: Network,
  fromArc: number,
  toArc: number,
  modeBit: number,
): boolean {
  const { turnFrom, turnTo, turnMode } = network;
  let low = 0;
  let high = turnFrom.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const order = turnFrom[middle]! - fromArc || turnTo[middle]! - toArc;
    if (order < 0) low = middle + 1;
    else if (order > 0) high = middle - 1;
    else return (turnMode[middle]! & modeBit) !== 0;
  }
  return false;
}

/**
 * Offsets into the forbidden turns per arc (2 · edgeCount + 1), for hot loops: nearly every arc has
 * none, which one comparison tells.
 */
export function firstTurns(network: Network): Uint32Array {
  const first = new Uint32Array(2 * network.edgeCount + 1);
  for (const arc of network.turnFrom) first[arc + 1]!++;
  for (let arc = 0; arc < 2 * network.edgeCount; arc++) first[arc + 1]! += first[arc]!;
  return first;
}

/** `isTurnForbidden` over the offsets of `firstTurns`. O(forbidden turns of the arc). */
export function isTurnForbiddenIn(
  first: Uint32Array,
  network: Network,
  fromArc: number,
  toArc: number,
  modeBit: number,
): boolean {
  const end = first[fromArc + 1]!;
  for (let t = first[fromArc]!; t < end; t++) {
    if (network.turnTo[t] === toArc) return (network.turnMode[t]! & modeBit) !== 0;
  }
  return false;
}
