/** What the colours and strokes of the map's line mean, with the ends of the scale in numbers. */

import { gradientOf } from "../map/scale.ts";
import { useUnits } from "../preference.ts";
import type { Metric, Track } from "../track.ts";
import { height, pace, percent, type Quantity, speed, whole } from "../unit.ts";

export function ColourLegend(props: {
  metric: Metric;
  track: Track;
  isPaced: boolean;
  isDark: boolean;
}) {
  const { metric, track, isPaced, isDark } = props;
  const { units } = useUnits();
  const scale = track.scales[metric];
  if (!scale) return null;
  const say = (value: number): Quantity => {
    if (metric === "pace") {
      return isPaced ? pace(1 / Math.max(0.01, value), units) : speed(value, units);
    }
    if (metric === "grade") return percent(value);
    return metric === "heart" ? whole(value, "bpm") : height(value, units);
  };
  const low = say(scale.low);
  const high = say(scale.high);
  return (
    <span className="flex items-center gap-2 text-ink-2">
      <span>
        {low.value}
        {low.unit !== high.unit && ` ${low.unit}`}
      </span>
      <span
        className="h-2 w-24 rounded-full md:w-32"
        style={{ background: gradientOf(metric, isDark) }}
        aria-hidden
      />
      <span>
        {high.value}
        <span className="unit">{high.unit.startsWith("/") ? high.unit : ` ${high.unit}`}</span>
      </span>
    </span>
  );
}

export function LineLegend(props: {
  track: Track;
  isRawShown: boolean;
  colour: Metric | "plain";
  isDark: boolean;
}) {
  const { track, isRawShown, colour, isDark } = props;
  const isMatched = track.pieces.some(({ kind }) => kind === "matched");
  const isOff = track.pieces.some(({ kind }) => kind === "off-network");
  return (
    <span className="flex flex-wrap items-center gap-x-4 gap-y-1 text-ink-2">
      {isMatched && (
        <span className="flex items-center gap-1.5 whitespace-nowrap">
          <span
            className="h-1 w-7 rounded-full"
            style={{ background: colour === "plain" ? "var(--line)" : gradientOf(colour, isDark) }}
            aria-hidden
          />
          Matched
        </span>
      )}
      {isOff && (
        <Stroke name="Off the network">
          <line
            x1="1"
            y1="6"
            x2="27"
            y2="6"
            stroke="var(--off)"
            strokeWidth="3"
            strokeDasharray="5.5 3.5"
          />
        </Stroke>
      )}
      {isRawShown && (
        <Stroke name="Recorded">
          <line x1="1" y1="6" x2="27" y2="6" stroke="var(--raw)" strokeWidth="1.6" />
        </Stroke>
      )}
    </span>
  );
}

function Stroke({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <span className="flex items-center gap-1.5 whitespace-nowrap">
      <svg width="28" height="12" viewBox="0 0 28 12" role="presentation">
        {children}
      </svg>
      {name}
    </span>
  );
}
