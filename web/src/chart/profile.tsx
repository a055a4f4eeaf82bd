/**
 * Elevation, pace, heart rate … one below the other over the same way, with one cursor through all of
 * them. Dragging chooses a part; with the focus, arrows move the cursor and Shift chooses. Readers
 * without sight get a table of the same numbers.
 */
import "uplot/dist/uPlot.min.css";
import { useEffect, useMemo, useRef } from "react";
import uPlot from "uplot";
import { useTheme, useUnits } from "../preference.ts";
import { sportLook } from "../sport.tsx";
import { rowAtDistance, type Track } from "../track.ts";
import { distance, longUnitM, said } from "../unit.ts";
import { boundsOf, chartData, hasCharts, type Series } from "./series.ts";

export interface ProfileProps {
  readonly track: Track;
  readonly sport: string;
  readonly cursor: number;
  readonly onCursor: (row: number) => void;
  readonly part: readonly [number, number] | undefined;
  readonly onPart: (part: readonly [number, number] | undefined) => void;
}

const HEIGHT = 92;
const AXIS = 26;

export default function Profile(props: ProfileProps) {
  const { track, sport, cursor, part } = props;
  const { units } = useUnits();
  const { isDark } = useTheme();
  const data = useMemo(() => chartData(track, sportLook(sport), units), [track, sport, units]);
  const host = useRef<HTMLDivElement>(null);
  const plots = useRef<uPlot[]>([]);
  const latest = useRef(props);
  latest.current = props;
  /** Moves made by us must not be heard as moves of the person. */
  const isOurs = useRef(false);

  // biome-ignore lint/correctness/useExhaustiveDependencies: colours are read anew with the theme
  useEffect(() => {
    const places = [...(host.current?.querySelectorAll<HTMLElement>("[data-plot]") ?? [])];
    const sync = uPlot.sync(`profile-${Math.round(performance.now() * 1000)}`);
    plots.current = data.series.map((series, i) =>
      createPlot(places[i]!, data.x, series, i === data.series.length - 1, sync, units, {
        onIndex(index) {
          if (isOurs.current) return;
          latest.current.onCursor(index === null ? -1 : data.row[index]!);
        },
        onSelect(from, to) {
          if (isOurs.current) return;
          const rows = latest.current.track.rows;
          const long = longUnitM(units);
          const first = rowAtDistance(rows, from * long);
          const last = rowAtDistance(rows, to * long);
          latest.current.onPart(last > first ? [first, last] : undefined);
        },
      }),
    );
    const resize = new ResizeObserver(() => {
      for (const [i, plot] of plots.current.entries()) {
        plot.setSize({ width: places[i]!.clientWidth, height: plot.height });
      }
      drawPart();
    });
    if (host.current) resize.observe(host.current);
    drawPart();
    return () => {
      resize.disconnect();
      for (const plot of plots.current) plot.destroy();
      plots.current = [];
    };
  }, [data, isDark]);

  const drawPart = (): void => {
    const chosen = latest.current.part;
    isOurs.current = true;
    for (const plot of plots.current) {
      const height = plot.over.clientHeight;
      if (!chosen) {
        plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        continue;
      }
      const long = longUnitM(units);
      const left = plot.valToPos(track.rows.distanceM[chosen[0]]! / long, "x");
      const right = plot.valToPos(track.rows.distanceM[chosen[1]]! / long, "x");
      plot.setSelect({ left, top: 0, width: right - left, height }, false);
    }
    isOurs.current = false;
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: `drawPart` reads the latest props
  useEffect(drawPart, [part, data]);

  const index = useMemo(() => sampleAt(data.row, cursor), [data, cursor]);
  useEffect(() => {
    isOurs.current = true;
    for (const plot of plots.current) {
      const left = index < 0 ? -10 : plot.valToPos(data.x[index]!, "x");
      plot.setCursor({ left, top: index < 0 ? -10 : 10 }, false);
    }
    isOurs.current = false;
  }, [index, data]);

  const means = useMemo(() => {
    const [first, last] = part ?? [0, track.rows.n - 1];
    return data.series.map(({ over }) => over(first, last));
  }, [data, part, track]);

  if (!hasCharts(data)) return null;
  const step = (by: number, isChoosing: boolean): void => {
    const n = data.row.length;
    const from = Math.max(0, index);
    const to = Math.max(0, Math.min(n - 1, from + Math.round(by * n)));
    const row = data.row[to]!;
    props.onCursor(row);
    if (!isChoosing) return;
    // The end that stood at the cursor moves with it; the other one stays.
    const here = data.row[from]!;
    const anchor = part ? (part[1] === here ? part[0] : part[1]) : here;
    props.onPart(anchor === row ? undefined : [Math.min(anchor, row), Math.max(anchor, row)]);
  };
  const row = index < 0 ? -1 : data.row[index]!;
  const spoken =
    row < 0
      ? "no place chosen"
      : [
          said(distance(track.rows.distanceM[row], units)),
          ...data.series.map(
            ({ name, unit, values, say }) => `${name} ${say(values[index]!)} ${unit}`,
          ),
        ].join(", ");
  return (
    <section aria-label="Charts">
      <div
        ref={host}
        role="slider"
        tabIndex={0}
        aria-label="Place along the activity"
        aria-valuemin={0}
        aria-valuemax={Math.round(track.rows.distanceM[track.rows.n - 1] ?? 0)}
        aria-valuenow={row < 0 ? 0 : Math.round(track.rows.distanceM[row]!)}
        aria-valuetext={spoken}
        data-testid="charts"
        className="rounded-box"
        onKeyDown={(event) => {
          if (event.key === "ArrowRight") step(0.01, event.shiftKey);
          else if (event.key === "ArrowLeft") step(-0.01, event.shiftKey);
          else if (event.key === "Home") step(-1, event.shiftKey);
          else if (event.key === "End") step(1, event.shiftKey);
          else return;
          event.preventDefault();
        }}
      >
        {data.series.map((series, i) => (
          <div
            key={series.key}
            className="grid grid-cols-[minmax(0,1fr)] border-border border-t first:border-t-0 md:grid-cols-[128px_minmax(0,1fr)]"
          >
            <div className="flex items-baseline gap-2 px-4 pt-2 md:block md:pt-3">
              <p className="flex items-center gap-1.5 whitespace-nowrap text-ink-3 text-s">
                <span
                  className="size-2 shrink-0 rounded-full"
                  style={{ background: `var(${series.colour})` }}
                  aria-hidden
                />
                {series.name}
                {index < 0 && series.word && <span>{series.word}</span>}
              </p>
              <p className="whitespace-nowrap font-[560] md:mt-1">
                {index < 0 ? means[i] : series.say(series.values[index]!)}
                <span className="unit">
                  {series.unit.startsWith("/") ? series.unit : ` ${series.unit}`}
                </span>
              </p>
            </div>
            <div
              data-plot
              className="min-w-0 overflow-hidden"
              style={{ height: HEIGHT + (i === data.series.length - 1 ? AXIS : 0) }}
            />
          </div>
        ))}
      </div>
      <SampleTable data={data} track={track} />
    </section>
  );
}

interface PlotEvents {
  readonly onIndex: (index: number | null) => void;
  readonly onSelect: (from: number, to: number) => void;
}

function createPlot(
  place: HTMLElement,
  x: Float64Array,
  series: Series,
  isLast: boolean,
  sync: uPlot.SyncPubSub,
  units: "metric" | "imperial",
  events: PlotEvents,
): uPlot {
  const css = getComputedStyle(document.documentElement);
  const token = (name: string): string => css.getPropertyValue(name).trim();
  const colour = token(series.colour);
  const [low, high] = boundsOf(series.values);
  const values = Array.from(series.values, (value) => (Number.isFinite(value) ? value : null));
  const font = `11px "Inter Variable", sans-serif`;
  const axis: uPlot.Axis = {
    stroke: token("--ink-3"),
    font,
    grid: { stroke: token("--border"), width: 1 },
    ticks: { show: false },
  };
  return new uPlot(
    {
      width: place.clientWidth,
      height: HEIGHT + (isLast ? AXIS : 0),
      padding: [10, 14, isLast ? 0 : 8, 0],
      legend: { show: false },
      cursor: {
        y: false,
        sync: { key: sync.key },
        drag: { x: true, y: false, setScale: false },
        points: { size: 9, width: 2, fill: () => colour, stroke: () => token("--surface") },
      },
      scales: {
        x: { time: false },
        y: { range: [low, high], dir: series.isReversed ? -1 : 1 },
      },
      axes: [
        {
          ...axis,
          show: isLast,
          size: AXIS,
          grid: { show: false },
          space: 70,
          values: (_plot, splits) =>
            splits.map((value) => `${value} ${units === "metric" ? "km" : "mi"}`),
        },
        {
          ...axis,
          size: 46,
          gap: 6,
          space: 24,
          values: (_plot, splits) => splits.map((value) => (series.mark ?? series.say)(value)),
          ...(series.key === "pace" && series.isReversed
            ? { incrs: [15, 30, 60, 120, 300, 600, 1200] }
            : {}),
        },
      ],
      series: [
        {},
        {
          stroke: colour,
          width: 1.6,
          spanGaps: false,
          points: { show: false },
          ...(series.isFilled ? { fill: `color-mix(in srgb, ${colour} 22%, transparent)` } : {}),
        },
      ],
      hooks: {
        setCursor: [
          (plot) => {
            // Plots in one group hear each other; the one under the pointer speaks for all.
            if (plot.cursor.event) events.onIndex(plot.cursor.idx ?? null);
          },
        ],
        setSelect: [
          (plot) => {
            if (!plot.cursor.event) return;
            const { left, width } = plot.select;
            events.onSelect(plot.posToVal(left, "x"), plot.posToVal(left + width, "x"));
          },
        ],
      },
    },
    [x as unknown as number[], values],
    place,
  );
}

/** Sample at or before a row; −1 for none. */
function sampleAt(rows: Uint32Array, row: number): number {
  if (row < 0) return -1;
  let low = 0;
  let high = rows.length - 1;
  while (low < high) {
    const mid = (low + high + 1) >> 1;
    if (rows[mid]! <= row) low = mid;
    else high = mid - 1;
  }
  return low;
}

const TABLE_ROWS = 20;

/** The same numbers at twenty places, for readers without sight. */
function SampleTable({ data, track }: { data: ReturnType<typeof chartData>; track: Track }) {
  const { units } = useUnits();
  const n = data.row.length;
  const places = Array.from({ length: Math.min(TABLE_ROWS, n) }, (_, k) =>
    Math.round((k * (n - 1)) / Math.max(1, Math.min(TABLE_ROWS, n) - 1)),
  );
  return (
    <div className="sr-only">
      <table>
        <caption>Values along the activity</caption>
        <thead>
          <tr>
            <th scope="col">Distance</th>
            {data.series.map(({ key, name, unit }) => (
              <th key={key} scope="col">
                {name} ({unit})
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {places.map((i) => (
            <tr key={i}>
              <th scope="row">{said(distance(track.rows.distanceM[data.row[i]!], units))}</th>
              {data.series.map(({ key, values, say }) => (
                <td key={key}>{say(values[i]!)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
