/** Active days of each week as small bars, the newest at the right. */
import { HiddenTable } from "../chart/plotted.tsx";
import { fullWhen } from "../when.ts";

const HEIGHT = 40;

export function WeekBars(props: {
  weeks: readonly { readonly startMs: number; readonly activeDays: number }[];
}) {
  const { weeks } = props;
  const label = `Active days of each of the last ${weeks.length} weeks`;
  return (
    <>
      <div
        className="flex items-end gap-px border-border border-b sm:gap-0.5"
        style={{ height: HEIGHT }}
        role="img"
        aria-label={label}
      >
        {weeks.map(({ startMs, activeDays }) => (
          <span
            key={startMs}
            title={`week of ${fullWhen(startMs).split(",")[0]}: ${activeDays} active days`}
            className="min-w-0 flex-1 rounded-t-[2px] bg-accent/70"
            style={{ height: `${(activeDays / 7) * 100}%` }}
          />
        ))}
      </div>
      <HiddenTable
        label={label}
        columns={["Week of", "Active days"]}
        rows={weeks.map(({ startMs, activeDays }) => [
          new Date(startMs).toISOString().slice(0, 10),
          String(activeDays),
        ])}
      />
    </>
  );
}
