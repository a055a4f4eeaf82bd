/** Curves by cohort, shares by month with their intervals, and where members stand. */
import * as Plot from "@observablehq/plot";
import { useMemo } from "react";
import type { RetentionReport, Share } from "../../../src/schema/retention.ts";
import { Plotted } from "../chart/plotted.tsx";
import { grouped } from "../unit.ts";
import { StateBadge } from "./state-badge.tsx";
import { TIP } from "./survival-curve.tsx";
import { share, shortMonth } from "./words.ts";

interface Point {
  readonly month: string;
  readonly days: number;
  readonly value: number;
}

/** Older cohorts are paler, so that what is new stands out; the last has its band. */
export function CohortCurves({ report: { cohorts } }: { report: RetentionReport }) {
  const shown = useMemo(() => cohorts.filter(({ curve }) => curve.days.length > 1), [cohorts]);
  const options = useMemo(() => {
    const points: Point[] = shown.flatMap(({ month, curve }) =>
      curve.days.map((days, i) => ({ month, days, value: curve.value[i]! })),
    );
    const shade = new Map(shown.map(({ month }, i) => [month, i / Math.max(1, shown.length - 1)]));
    return (): Plot.PlotOptions => ({
      marginLeft: 46,
      marginRight: 22,
      x: { label: null, tickFormat: (d: number) => `${d}\u202fd`, ticks: 6, line: true },
      y: { label: null, domain: [0, 1], ticks: 5, tickFormat: (p: number) => share(p), grid: true },
      marks: [
        Plot.line(points, {
          x: "days",
          y: "value",
          z: "month",
          curve: "step-after",
          stroke: "var(--accent)",
          strokeOpacity: (point: Point) => 0.18 + 0.7 * (shade.get(point.month) ?? 1) ** 1.5,
          strokeWidth: 1.6,
        }),
        Plot.tip(
          points,
          Plot.pointer({
            x: "days",
            y: "value",
            title: ({ month, days, value }: Point) =>
              `${shortMonth(month)}: ${share(value)} after ${Math.round(days)} days`,
            ...TIP,
          }),
        ),
      ],
    });
  }, [shown]);
  if (shown.length === 0) return <Nothing />;
  return (
    <Plotted
      label={`Share still in their first paid spell, for ${shown.length} monthly cohorts`}
      height={260}
      options={options}
      table={{
        columns: ["Began in", "Members", "Day 30", "Day 90", "Day 180"],
        rows: cohorts.map(({ month, members, curve }) => [
          shortMonth(month),
          grouped(members),
          ...[30, 90, 180].map((day) => valueAt(curve, day)),
        ]),
      }}
    />
  );
}

function valueAt(
  { days, value }: { readonly days: readonly number[]; readonly value: readonly number[] },
  day: number,
): string {
  const last = days.at(-1);
  if (last === undefined || last < day) return "not yet";
  const at = days.findLastIndex((one) => one <= day);
  return at < 0 ? share(1) : share(value[at]!);
}

export function ShareByMonth(props: {
  name: string;
  colour: string;
  whole: Share;
  months: readonly { readonly month: string; readonly share: Share }[];
}) {
  const { name, colour, whole } = props;
  const months = useMemo(
    () => props.months.filter((one) => one.share.value !== null),
    [props.months],
  );
  const options = useMemo(() => {
    const most = Math.max(...months.map((one) => one.share.high ?? 0), 0.05);
    const dots = months.map((one) => ({
      at: new Date(`${one.month}-01T00:00:00Z`),
      ...one.share,
      month: one.month,
    }));
    return (width: number): Plot.PlotOptions => ({
      marginLeft: 46,
      marginRight: 22,
      x: {
        label: null,
        type: "utc",
        // Names of months that fit, from the newest back.
        ticks: dots
          .map(({ at }) => at)
          .filter((_, i) => (dots.length - 1 - i) % Math.ceil((dots.length * 56) / width) === 0),
        tickFormat: "%b %y",
        line: true,
      },
      y: {
        label: null,
        domain: [0, Math.min(1, most * 1.05)],
        ticks: 4,
        tickFormat: (p: number) => share(p),
        grid: true,
      },
      marks: [
        Plot.ruleX(dots, {
          x: "at",
          y1: "low",
          y2: "high",
          stroke: colour,
          strokeOpacity: 0.35,
          strokeWidth: 4,
        }),
        Plot.lineY(dots, { x: "at", y: "value", stroke: colour, strokeWidth: 1.6 }),
        Plot.dot(dots, { x: "at", y: "value", fill: colour, r: 3.2 }),
        Plot.tip(
          dots,
          Plot.pointerX({
            x: "at",
            y: "value",
            title: (one: Share & { month: string }) =>
              `${shortMonth(one.month)}: ${share(one.value ?? 0, 1)} (${share(one.low ?? 0)}–${share(one.high ?? 0)})\n${grouped(one.count)} of ${grouped(one.n)}`,
            ...TIP,
          }),
        ),
      ],
    });
  }, [months, colour]);
  if (months.length === 0 || whole.value === null) return <Nothing />;
  return (
    <>
      <p className="mb-2 text-s">
        <span className="font-[560] text-l">{share(whole.value, 1)}</span>
        {whole.low !== null && whole.high !== null && (
          <span className="ml-2 text-ink-3">
            {(whole.low * 100).toFixed(1)}–{(whole.high * 100).toFixed(1)}
          </span>
        )}
        <span className="ml-2 text-ink-2">
          {grouped(whole.count)} of {grouped(whole.n)}
        </span>
      </p>
      <Plotted
        label={`${name} by month, with 95 % intervals`}
        height={190}
        options={options}
        table={{
          columns: ["Month", name, "From", "To", "Of"],
          rows: months.map((one) => [
            shortMonth(one.month),
            share(one.share.value ?? 0, 1),
            share(one.share.low ?? 0, 1),
            share(one.share.high ?? 0, 1),
            grouped(one.share.n),
          ]),
        }}
      />
    </>
  );
}

export function StateTable({ report: { states, members } }: { report: RetentionReport }) {
  const most = Math.max(...states.map(({ count }) => count), 1);
  return (
    <table className="w-full text-s [&_td]:py-1.5">
      <caption className="sr-only">Members by state</caption>
      <tbody>
        {states
          .filter(({ count }) => count > 0)
          .map(({ state, count }) => (
            <tr key={state}>
              <th scope="row" className="w-44 text-left font-normal">
                <StateBadge state={state} />
              </th>
              <td className="px-3">
                <span
                  aria-hidden
                  className="block h-2 rounded-full bg-accent/55"
                  style={{ width: `${(count / most) * 100}%` }}
                />
              </td>
              <td className="w-28 whitespace-nowrap text-right">
                {grouped(count)}
                <span className="ml-2 text-ink-3">{share(members > 0 ? count / members : 0)}</span>
              </td>
            </tr>
          ))}
      </tbody>
    </table>
  );
}

export function Nothing() {
  return <p className="py-8 text-center text-ink-3 text-s">Nothing to show yet.</p>;
}
