/** Why a chance is what it is, in words; how much each reason adds or takes, in percentage points. */
import type { Reason } from "../../../src/schema/console/member.ts";

const SHOWN = 8;

export function Reasons({ reasons }: { reasons: readonly Reason[] }) {
  if (reasons.length === 0) return null;
  const shown = joined(reasons).slice(0, SHOWN);
  const most = Math.max(...shown.map(({ points }) => Math.abs(points)), 0.1);
  return (
    <div>
      <h3 className="mb-2 font-[560]">Why</h3>
      <ul className="grid gap-2 text-s">
        {shown.map(({ text, cause, points }) => (
          <li
            key={`${cause} ${text}`}
            className="grid grid-cols-[minmax(0,1fr)_5rem_3.25rem] items-center gap-3"
          >
            <span className="block first-letter:uppercase">{text}</span>
            <span className="relative block h-2 rounded-full bg-sunken" aria-hidden>
              <span
                className="absolute inset-y-0 rounded-full"
                style={{
                  width: `${(Math.abs(points) / most) * 50}%`,
                  [points > 0 ? "left" : "right"]: "50%",
                  background: points > 0 ? `var(--${cause})` : "var(--good)",
                }}
              />
            </span>
            <span className="text-right">
              {points > 0 ? "+" : "−"}
              {Math.abs(points).toFixed(1)}
              <span className="sr-only">
                {" "}
                points, {cause === "voluntary" ? "to leave by choice" : "that payment fails"}
              </span>
            </span>
          </li>
        ))}
      </ul>
      <p className="mt-2 text-ink-3 text-s">
        Percentage points of the 30-day chance, against the average subscriber.
      </p>
    </div>
  );
}

/** What is too small to name stands once, and last, though it is of two causes. */
function joined(reasons: readonly Reason[]): readonly Reason[] {
  const named = reasons.filter(({ text }) => text !== ELSE);
  const rest = reasons.filter(({ text }) => text === ELSE);
  const points = rest.reduce((sum, one) => sum + one.points, 0);
  return rest.length === 0 ? named : [...named, { ...rest[0]!, points }];
}

const ELSE = "everything else";
