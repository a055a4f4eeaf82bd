/** How first paid spells end: the share that ended by each cause until a day, stacked, with bands. */
import * as Plot from "@observablehq/plot";
import { useMemo } from "react";
import type { RetentionReport } from "../../../src/schema/retention.ts";
import { Plotted } from "../chart/plotted.tsx";
import { Nothing } from "./retention-cohort.tsx";
import type { Beside } from "./retention-figures.tsx";
import { TIP } from "./survival-curve.tsx";
import { share } from "./words.ts";

interface Point {
  readonly cause: "voluntary" | "involuntary";
  readonly days: number;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

const NAMES = { voluntary: "left by choice", involuntary: "lost to failed payments" } as const;

export function SpellEnds(props: { report: RetentionReport; beside: Beside | undefined }) {
  const { report, beside } = props;
  const { survival } = report;
  const options = useMemo(() => {
    const points = pointsOf(report);
    const theirs = beside ? pointsOf(beside.report) : [];
    const colour = ({ cause }: Point): string => `var(--${cause})`;
    const most = Math.max(...points.map(({ high }) => high), 0.1);
    return (): Plot.PlotOptions => ({
      marginLeft: 46,
      marginRight: 22,
      x: { label: null, tickFormat: (d: number) => `${d}\u202fd`, ticks: 6, line: true },
      y: {
        label: null,
        domain: [0, Math.min(1, most * 1.05)],
        ticks: 5,
        tickFormat: (p: number) => share(p),
        grid: true,
      },
      marks: [
        Plot.areaY(points, {
          x: "days",
          y1: "low",
          y2: "high",
          z: "cause",
          curve: "step-after",
          fill: colour,
          fillOpacity: 0.15,
        }),
        Plot.line(points, {
          x: "days",
          y: "value",
          z: "cause",
          curve: "step-after",
          stroke: colour,
          strokeWidth: 2,
        }),
        Plot.line(theirs, {
          x: "days",
          y: "value",
          z: "cause",
          curve: "step-after",
          stroke: colour,
          strokeWidth: 1.6,
          strokeDasharray: "3 4",
        }),
        Plot.tip(
          points,
          Plot.pointer({
            x: "days",
            y: "value",
            title: ({ cause, days, value, low, high }: Point) =>
              `${share(value, 1)} (${share(low)}–${share(high)}) ${NAMES[cause]}\nwithin ${Math.round(days)} days`,
            ...TIP,
          }),
        ),
      ],
    });
  }, [report, beside]);
  if (survival.causes.every(({ curve }) => curve.days.length < 2)) return <Nothing />;
  return (
    <>
      <ul className="mb-2 flex flex-wrap gap-x-5 gap-y-1 text-s">
        {survival.causes.map(({ cause, curve }) => (
          <li key={cause} className="flex items-baseline gap-2">
            <span
              className="size-2 rounded-full"
              style={{ background: `var(--${cause})` }}
              aria-hidden
            />
            {share(curve.value.at(-1) ?? 0)} {NAMES[cause]}
            <span className="text-ink-3">in {Math.round(curve.days.at(-1) ?? 0)} d</span>
          </li>
        ))}
        {survival.medianDays !== null && (
          <li className="text-ink-2">half end within {Math.round(survival.medianDays)} days</li>
        )}
        {beside && <li className="text-ink-3">dashed: {beside.name}</li>}
      </ul>
      <Plotted
        label="Share of first paid spells that ended, by cause and day"
        height={236}
        options={options}
        table={{
          columns: ["Cause", "Day", "Ended", "From", "To"],
          rows: pointsOf(report)
            .filter((_, i) => i % 30 === 0)
            .map(({ cause, days, value, low, high }) => [
              NAMES[cause],
              String(Math.round(days)),
              share(value, 1),
              share(low, 1),
              share(high, 1),
            ]),
        }}
      />
    </>
  );
}

function pointsOf({ survival }: RetentionReport): Point[] {
  return survival.causes.flatMap(({ cause, curve }) =>
    curve.days.map((days, i) => ({
      cause,
      days,
      value: curve.value[i]!,
      low: curve.low[i]!,
      high: curve.high[i]!,
    })),
  );
}
