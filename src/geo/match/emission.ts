/**
 * Emissions: −log p(fix | state) for a fix at a distance from a candidate, Gaussian across the path
 * and linear in the tails (Huber 1964), tempered because a receiver's errors persist: with an error
 * of first order autoregression, n steps carry as much as n (1 − ρ) / (1 + ρ) independent ones.
 */

/** Weight in (0, 1] of a step that comes `intervalS` after the one before. */
export function temperOf(intervalS: number, correlationS: number, minTemper: number): number {
  if (!(intervalS > 0)) return minTemper;
  // (1 − ρ) / (1 + ρ) with ρ = e^(−Δt/τ) is tanh(Δt / 2τ).
  return Math.max(minTemper, Math.tanh(intervalS / (2 * correlationS)));
}

/** Nats; `distanceM` from the candidate, `weight` = temper / 2σ². */
export function emissionOf(distanceM: number, weight: number, kneeM: number): number {
  if (distanceM <= kneeM) return weight * distanceM * distanceM;
  return weight * kneeM * (2 * distanceM - kneeM);
}
