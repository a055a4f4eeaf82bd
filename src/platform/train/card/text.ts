/** Figures of a card in words. */

/** Digits that a figure of this size deserves. */
export function figure(value: number, digits = 3): string {
  return Number.isFinite(value) ? value.toFixed(digits) : "–";
}

/** "0.081 (0.074–0.088)". */
export function interval(
  of: { readonly value: number; readonly lower: number; readonly upper: number } | null,
  digits = 3,
): string {
  if (of === null) return "–";
  return `${figure(of.value, digits)} (${figure(of.lower, digits)}–${figure(of.upper, digits)})`;
}

export function percent(value: number): string {
  return `${(100 * value).toFixed(1)} %`;
}

export function dateOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
