/** A chance as a bar of fixed length with its number and interval; a colour for each cause of churn. */
import type { Cause, Chance } from "../../../src/schema/console/member.ts";
import { interval, share } from "./words.ts";

const COLOURS: Readonly<Record<Cause, string>> = {
  voluntary: "var(--voluntary)",
  involuntary: "var(--involuntary)",
};

export function ChanceBar(props: {
  cause: Cause;
  chance: Chance;
  /** The chance at which the bar is full. */
  full?: number;
}) {
  const { cause, chance, full = 1 } = props;
  const at = (p: number): number => Math.min(100, (p / full) * 100);
  return (
    <span className="relative block h-2 w-full overflow-hidden rounded-full bg-sunken" aria-hidden>
      <span
        className="absolute inset-y-0 left-0 rounded-full"
        style={{ width: `${at(chance.p)}%`, background: COLOURS[cause] }}
      />
      {chance.low !== null && chance.high !== null && (
        <span
          className="absolute inset-y-0 opacity-35"
          style={{
            left: `${at(chance.low)}%`,
            width: `${at(chance.high) - at(chance.low)}%`,
            background: "var(--ink)",
          }}
        />
      )}
    </span>
  );
}

/** "18 % (14–23)". */
export function ChanceText({ chance }: { chance: Chance }) {
  const range = interval(chance);
  return (
    <span className="whitespace-nowrap">
      {share(chance.p)}
      {range && <span className="ml-1 text-ink-3 text-s">({range})</span>}
    </span>
  );
}
