/** What moved monthly recurring revenue: gains above the line and losses below it, month by month. */
import * as Plot from "@observablehq/plot";
import { useMemo } from "react";
import {
  MRR_MOVEMENTS,
  type MrrMovement,
  type RetentionReport,
} from "../../../src/schema/retention.ts";
import { Plotted } from "../chart/plotted.tsx";
import { Nothing } from "./retention-cohort.tsx";
import { TIP } from "./survival-curve.tsx";
import { money, shortMonth } from "./words.ts";

const LOOK: Record<MrrMovement, { readonly name: string; readonly colour: string }> = {
  new: { name: "new", colour: "var(--rise)" },
  reactivated: { name: "won back", colour: "var(--rise-soft)" },
  expansion: { name: "larger plans", colour: "color-mix(in srgb, var(--rise) 55%, var(--canvas))" },
  resumed: { name: "resumed", colour: "color-mix(in srgb, var(--rise) 30%, var(--canvas))" },
  contraction: {
    name: "smaller plans",
    colour: "color-mix(in srgb, var(--ink-3) 55%, var(--canvas))",
  },
  paused: { name: "paused", colour: "color-mix(in srgb, var(--ink-3) 30%, var(--canvas))" },
  churnedVoluntary: { name: "left by choice", colour: "var(--voluntary)" },
  churnedInvoluntary: { name: "payment failed", colour: "var(--involuntary)" },
};

/** Names of months that fit: one in so many. */
function everyNth(width: number, months: number): number {
  return Math.max(1, Math.ceil((months * NAME_WIDTH) / Math.max(1, width - 74)));
}

const NAME_WIDTH = 52;

export function Movements({ report }: { report: RetentionReport }) {
  const currency = report.movements[0]?.currency;
  const months = useMemo(
    () => report.movements.filter((one) => one.currency === currency),
    [report, currency],
  );
  const used = useMemo(
    () => MRR_MOVEMENTS.filter((name) => months.some(({ moved }) => moved[name] !== 0)),
    [months],
  );
  const options = useMemo(() => {
    const bars = months.flatMap(({ month, moved, isPartial }) =>
      used.map((name) => ({ month, name, minor: moved[name], isPartial })),
    );
    return (width: number): Plot.PlotOptions => ({
      marginLeft: 58,
      marginRight: 16,
      x: {
        label: null,
        type: "band",
        padding: 0.22,
        tickFormat: shortMonth,
        ticks: months
          .map(({ month }) => month)
          .filter((_, i) => (months.length - 1 - i) % everyNth(width, months.length) === 0),
      },
      y: {
        label: null,
        ticks: 5,
        grid: true,
        tickFormat: (minor: number) => money({ minor, currency: currency ?? "EUR" }),
      },
      marks: [
        Plot.barY(bars, {
          x: "month",
          y: "minor",
          fill: (bar: { name: MrrMovement }) => LOOK[bar.name].colour,
          order: [...MRR_MOVEMENTS],
          z: "name",
          fillOpacity: (bar: { isPartial: boolean }) => (bar.isPartial ? 0.55 : 1),
        }),
        Plot.ruleY([0], { stroke: "var(--border-strong)" }),
        Plot.tip(
          months,
          Plot.pointerX({
            x: "month",
            y: 0,
            title: (one: (typeof months)[number]) =>
              [
                `${shortMonth(one.month)}${one.isPartial ? " so far" : ""}`,
                ...used.map(
                  (name) =>
                    `${LOOK[name].name} ${money({ minor: one.moved[name], currency: one.currency })}`,
                ),
              ].join("\n"),
            ...TIP,
          }),
        ),
      ],
    });
  }, [months, used, currency]);
  if (currency === undefined || months.length === 0) return <Nothing />;
  return (
    <>
      <ul className="mb-2 flex flex-wrap gap-x-4 gap-y-1 text-ink-2 text-s">
        {used.map((name) => (
          <li key={name} className="flex items-center gap-1.5">
            <span
              className="size-2.5 rounded-[3px]"
              style={{ background: LOOK[name].colour }}
              aria-hidden
            />
            {LOOK[name].name}
          </li>
        ))}
      </ul>
      <Plotted
        label={`What moved monthly recurring revenue, by month, in ${currency}`}
        height={236}
        options={options}
        table={{
          columns: ["Month", ...used.map((name) => LOOK[name].name), "At its end"],
          rows: months.map((one) => [
            shortMonth(one.month),
            ...used.map((name) => money({ minor: one.moved[name], currency })),
            money({ minor: one.endMinor, currency }),
          ]),
        }}
      />
    </>
  );
}
