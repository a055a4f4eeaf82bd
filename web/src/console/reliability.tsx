/** Predicted against observed: on the diagonal a chance means what it says. Intervals are 95 %. */
import type { OutcomeRecord } from "../../../src/schema/model.ts";
import { HiddenTable } from "../chart/plotted.tsx";
import { grouped } from "../unit.ts";
import { share } from "./words.ts";

export function Reliability(props: {
  outcome: OutcomeRecord;
  /** Pixels; axes from 150 on. */
  size: number;
}) {
  const { outcome, size } = props;
  const bins = outcome.reliability;
  // Wide intervals of few rows run out of the picture rather than shrink it.
  const most = Math.max(
    ...bins.flatMap(({ predicted, observed }) => [1.1 * predicted, 1.4 * observed.value]),
    0.02,
  );
  const hasAxes = size >= 150;
  const margin = hasAxes ? 34 : 4;
  const at = (p: number): number => margin + (Math.min(p, most) / most) * (size - margin - 6);
  const y = (p: number): number => size - at(p);
  const colour = outcome.name.startsWith("involuntary") ? "var(--involuntary)" : "var(--voluntary)";
  const label = `Reliability, ${outcome.label}`;
  const ticks = hasAxes ? [0, most / 2, most] : [];
  return (
    <figure>
      <svg role="img" aria-label={label} viewBox={`0 0 ${size} ${size}`} width={size} height={size}>
        <rect
          x={margin}
          y={6}
          width={size - margin - 6}
          height={size - margin - 6}
          fill="var(--sunken)"
          rx={3}
        />
        <line x1={at(0)} y1={y(0)} x2={at(most)} y2={y(most)} stroke="var(--border-strong)" />
        {ticks.map((p) => (
          <g key={p} fontSize={11} fill="var(--ink-3)">
            <text
              x={at(p)}
              y={size - margin + 14}
              textAnchor={p === most ? "end" : p === 0 ? "start" : "middle"}
            >
              {share(p)}
            </text>
            <text x={margin - 5} y={y(p) + 4} textAnchor="end">
              {share(p)}
            </text>
          </g>
        ))}
        {bins.map(({ predicted, observed }, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two bins may predict alike, and none ever moves
          <g key={i}>
            <line
              x1={at(predicted)}
              x2={at(predicted)}
              y1={y(observed.lower)}
              y2={y(observed.upper)}
              stroke={colour}
              strokeOpacity={0.45}
              strokeWidth={hasAxes ? 2.5 : 1.5}
            />
            <circle
              cx={at(predicted)}
              cy={y(observed.value)}
              r={hasAxes ? 3.5 : 1.9}
              fill={colour}
            />
          </g>
        ))}
      </svg>
      {hasAxes && (
        <HiddenTable
          label={label}
          columns={["Predicted", "Observed", "From", "To", "Rows"]}
          rows={bins.map(({ predicted, observed, rows }) => [
            share(predicted, 1),
            share(observed.value, 1),
            share(observed.lower, 1),
            share(observed.upper, 1),
            grouped(rows),
          ])}
        />
      )}
    </figure>
  );
}
