/**
 * A chart by Observable Plot that fits its place and follows the theme, with its numbers as a table for
 * those who do not see it. Colours are tokens, so a change of theme needs no new drawing.
 */
import * as Plot from "@observablehq/plot";
import { useEffect, useRef } from "react";

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export function Plotted(props: {
  /** What it shows, in a sentence: read aloud in its place. */
  label: string;
  height: number;
  /** Called with the width in pixels at every change of it. */
  options: (width: number) => Plot.PlotOptions;
  table: Table;
}) {
  const { label, height, options, table } = props;
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const place = host.current;
    if (!place) return;
    let drawn = 0;
    const draw = (): void => {
      const width = Math.round(place.clientWidth);
      if (width === 0 || width === drawn) return;
      drawn = width;
      const chart = Plot.plot({ width, height, style: STYLE, ...options(width) });
      // The figure has a name; those of its lines and groups are not for readers.
      for (const part of chart.querySelectorAll("[aria-label]")) part.removeAttribute("aria-label");
      place.replaceChildren(chart);
    };
    draw();
    const resize = new ResizeObserver(draw);
    resize.observe(place);
    return () => {
      resize.disconnect();
      place.replaceChildren();
    };
  }, [height, options]);
  return (
    <figure>
      <div
        ref={host}
        role="img"
        aria-label={label}
        className="overflow-hidden"
        style={{ minHeight: height }}
      />
      <HiddenTable label={label} {...table} />
    </figure>
  );
}

export function HiddenTable({ label, columns, rows }: Table & { label: string }) {
  // A table is as wide as its words whatever its class says: the box around it hides it.
  return (
    <div className="sr-only">
      <table>
        <caption>{label}</caption>
        <thead>
          <tr>
            {columns.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, k) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two rows may read alike, and none ever moves
            <tr key={k}>
              {row.map((cell, i) => (
                <td key={columns[i]}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const STYLE = {
  background: "transparent",
  color: "var(--ink-2)",
  fontFamily: "inherit",
  fontSize: "11.5px",
  overflow: "visible",
} as const;
