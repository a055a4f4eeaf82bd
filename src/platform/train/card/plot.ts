/**
 * The pictures of a card as inline SVG, without script: reliability with intervals, the share of
 * events that the highest predictions catch, importance, slices. Colours follow the text's.
 */
import type { ModelRecord, OutcomeRecord } from "../../../schema/model.ts";
import { figure, percent } from "./text.ts";

const SIZE = 280;
const LEFT = 44;
const BOTTOM = 34;
const TOP = 10;
const RIGHT = 10;

/** Predicted against observed; on the diagonal the model can be taken at its word. */
export function reliabilityPlot({ reliability, label }: OutcomeRecord): string {
  const most = Math.max(
    0.01,
    ...reliability.flatMap(({ predicted, observed }) => [predicted, observed.upper]),
  );
  const scale = axes(Math.min(1, most));
  const points = reliability.map(({ predicted, observed }) => {
    const x = scale.x(predicted);
    return `<line x1="${x}" x2="${x}" y1="${scale.y(observed.lower)}" y2="${scale.y(Math.min(scale.most, observed.upper))}" class="bar"/><circle cx="${x}" cy="${scale.y(observed.value)}" r="3.5" class="dot"/>`;
  });
  const diagonal = `<line x1="${scale.x(0)}" y1="${scale.y(0)}" x2="${scale.x(scale.most)}" y2="${scale.y(scale.most)}" class="ref"/>`;
  return drawn(`Reliability: ${label}`, [
    ...frame(scale, "predicted", "observed"),
    diagonal,
    ...points,
  ]);
}

/** Share of events caught against share of rows taken, highest predictions first. */
export function liftPlot({ lift, label }: OutcomeRecord): string {
  const scale = axes(1);
  const line = [{ share: 0, events: 0 }, ...lift]
    .map(({ share, events }) => `${scale.x(share)},${scale.y(events)}`)
    .join(" ");
  const diagonal = `<line x1="${scale.x(0)}" y1="${scale.y(0)}" x2="${scale.x(1)}" y2="${scale.y(1)}" class="ref"/>`;
  return drawn(`Events caught: ${label}`, [
    ...frame(scale, "share of members, riskiest first", "share of events"),
    diagonal,
    `<polyline points="${line}" class="line"/>`,
  ]);
}

export function importancePlot(importance: ModelRecord["importance"]): string {
  const rows = importance.slice(0, 15).map(({ feature, value }) => ({
    label: feature,
    value: Math.max(0, value),
    said: figure(value, 4),
  }));
  return bars("What it goes by", rows);
}

export function slicePlot(record: ModelRecord, outcome: string): string {
  const slices = record.slices.filter((slice) => slice.outcome === outcome);
  const most = Math.max(0.01, ...slices.flatMap((s) => [s.predicted, s.observed.upper]));
  const height = 20;
  const width = 560;
  const left = 190;
  const x = (value: number): number => round(left + (value / most) * (width - left - 60));
  const rows = slices.map((slice, k) => {
    const y = 14 + k * height;
    return [
      `<text x="${left - 8}" y="${y + 4}" text-anchor="end">${escapeHtml(`${slice.by}: ${slice.value}`)}</text>`,
      `<line x1="${x(slice.observed.lower)}" x2="${x(slice.observed.upper)}" y1="${y}" y2="${y}" class="bar"/>`,
      `<circle cx="${x(slice.observed.value)}" cy="${y}" r="3.5" class="dot"/>`,
      `<path d="M${x(slice.predicted)} ${y - 6}v12" class="line"/>`,
      `<text x="${width - 4}" y="${y + 4}" text-anchor="end">${percent(slice.observed.value)}</text>`,
    ].join("");
  });
  const title = "Slices: observed with its interval (dot), predicted (stroke)";
  return svg(title, width, 20 + slices.length * height, rows);
}

function bars(
  title: string,
  rows: readonly { readonly label: string; readonly value: number; readonly said: string }[],
): string {
  const most = Math.max(1e-12, ...rows.map(({ value }) => value));
  const width = 560;
  const left = 190;
  const drawn = rows.map(({ label, value, said }, k) => {
    const y = 6 + k * 20;
    const length = round((value / most) * (width - left - 70));
    return `<text x="${left - 8}" y="${y + 11}" text-anchor="end">${escapeHtml(label)}</text><rect x="${left}" y="${y}" width="${length}" height="14" class="fill"/><text x="${left + length + 6}" y="${y + 11}">${said}</text>`;
  });
  return svg(title, width, 12 + rows.length * 20, drawn);
}

interface Scale {
  readonly most: number;
  x(value: number): number;
  y(value: number): number;
}

function axes(most: number): Scale {
  const width = SIZE - LEFT - RIGHT;
  const height = SIZE - TOP - BOTTOM;
  return {
    most,
    x: (value) => round(LEFT + (value / most) * width),
    y: (value) => round(TOP + height - (value / most) * height),
  };
}

function frame({ most, x, y }: Scale, horizontal: string, vertical: string): string[] {
  const marks = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const value = share * most;
    const said = `${(100 * value).toFixed(most < 0.1 ? 1 : 0)}`;
    return `<text x="${x(value)}" y="${SIZE - BOTTOM + 14}" text-anchor="middle">${said}</text><text x="${LEFT - 6}" y="${y(value) + 4}" text-anchor="end">${said}</text>`;
  });
  return [
    `<path d="M${LEFT} ${TOP}V${SIZE - BOTTOM}H${SIZE - RIGHT}" class="axis"/>`,
    ...marks,
    `<text x="${(LEFT + SIZE - RIGHT) / 2}" y="${SIZE - 4}" text-anchor="middle">${horizontal}, %</text>`,
    `<text x="11" y="${(TOP + SIZE - BOTTOM) / 2}" text-anchor="middle" transform="rotate(-90 11 ${(TOP + SIZE - BOTTOM) / 2})">${vertical}, %</text>`,
  ];
}

function drawn(title: string, parts: readonly string[]): string {
  return svg(title, SIZE, SIZE, parts);
}

function svg(title: string, width: number, height: number, parts: readonly string[]): string {
  return `<svg role="img" aria-label="${escapeHtml(title)}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">${parts.join("")}</svg>`;
}

/** A tenth of a pixel: the same text for the same figures, and short. */
function round(value: number): number {
  return Math.round(10 * value) / 10;
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
