/** The chance of being a subscriber still, day by day from now. */
import * as Plot from "@observablehq/plot";
import { useMemo } from "react";
import { Plotted } from "../chart/plotted.tsx";
import { share } from "./words.ts";

export function SurvivalCurve(props: {
  survival: readonly { readonly days: number; readonly p: number }[];
}) {
  const { survival } = props;
  const options = useMemo(
    () => (): Plot.PlotOptions => ({
      marginLeft: 46,
      marginRight: 18,
      x: {
        label: null,
        ticks: [0, 30, 60, 90],
        tickFormat: (d: number) => `${d}\u202fd`,
        line: true,
      },
      y: { label: null, domain: [0, 1], ticks: 4, tickFormat: (p: number) => share(p), grid: true },
      marks: [
        Plot.areaY(survival, {
          x: "days",
          y: "p",
          curve: "linear",
          fill: "var(--accent)",
          fillOpacity: 0.1,
        }),
        Plot.lineY(survival, { x: "days", y: "p", stroke: "var(--accent)", strokeWidth: 2 }),
        Plot.tip(survival, Plot.pointerX({ x: "days", y: "p", title: said, ...TIP })),
      ],
    }),
    [survival],
  );
  const last = survival.at(-1);
  return (
    <Plotted
      label={`Chance of being a subscriber still: ${last ? `${share(last.p)} after ${last.days} days` : "not known"}`}
      height={190}
      options={options}
      table={{
        columns: ["Day", "Still a subscriber"],
        rows: survival.map(({ days, p }) => [String(days), share(p, 1)]),
      }}
    />
  );
}

function said({ days, p }: { days: number; p: number }): string {
  return `day ${Math.round(days)}: ${share(p)}`;
}

/** Tips in the house's colours. */
export const TIP = { fill: "var(--surface)", stroke: "var(--border-strong)" } as const;
