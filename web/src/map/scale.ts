/**
 * Colours of a value along the line: one sequential scale (slow to fast, low to high) and one
 * diverging scale (down, level, up). Both can be told apart by colour-blind eyes and differ in
 * lightness all the way; each has a form for the light and the dark map.
 */
import type { ExpressionSpecification as Expression } from "maplibre-gl";
import type { Metric } from "../track.ts";

type Stops = readonly string[];

const SEQUENTIAL: Readonly<Record<"light" | "dark", Stops>> = {
  light: ["#2c2a72", "#74298a", "#bd2f72", "#e4583f", "#f39a1e"],
  dark: ["#6f6fe0", "#a766d8", "#e0629e", "#f98a68", "#fcd06b"],
};
const DIVERGING: Readonly<Record<"light" | "dark", Stops>> = {
  light: ["#1f5fae", "#5f9bc9", "#8f9790", "#dc8a3c", "#b93a14"],
  dark: ["#5aa2f2", "#8cbfe6", "#a9b1ac", "#f0ab62", "#ff7a4a"],
};

export function stopsOf(metric: Metric, isDark: boolean): Stops {
  return (metric === "grade" ? DIVERGING : SEQUENTIAL)[isDark ? "dark" : "light"];
}

/** MapLibre's colour of a feature whose `metric` property is a share 0–1; grey where unknown. */
export function colourExpression(metric: Metric, isDark: boolean): Expression {
  const stops = stopsOf(metric, isDark);
  return [
    "case",
    ["==", ["typeof", ["get", metric]], "number"],
    [
      "interpolate",
      ["linear"],
      ["get", metric],
      ...stops.flatMap((colour, i) => [i / (stops.length - 1), colour]),
    ],
    isDark ? "#8a938e" : "#7c857f",
  ] as unknown as Expression;
}

/** The same colours as a CSS gradient, for the legend. */
export function gradientOf(metric: Metric, isDark: boolean): string {
  return `linear-gradient(to right, ${stopsOf(metric, isDark).join(", ")})`;
}
