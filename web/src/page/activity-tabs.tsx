/** Beneath the charts: splits, best efforts, the pieces of the match, repairs, and where it came from. */
import { Tabs } from "radix-ui";
import { type ReactNode, useMemo } from "react";
import type { ActivityDetail, Piece } from "../../../src/schema/activity.ts";
import { TABS, type Tab } from "../address.ts";
import { Amount } from "../part/figure.tsx";
import { useUnits } from "../preference.ts";
import { sportLook } from "../sport.tsx";
import { rowAtDistance, type Split, splitsOf, type Track } from "../track.ts";
import {
  distance,
  duration,
  grouped,
  height,
  longUnitM,
  pace,
  percent,
  speed,
  whole,
} from "../unit.ts";
import { fullWhen } from "../when.ts";

export interface ActivityTabsProps {
  readonly detail: ActivityDetail;
  readonly track: Track;
  readonly tab: Tab;
  readonly onTab: (tab: Tab) => void;
  readonly onPart: (rows: readonly [number, number] | undefined) => void;
}

const NAMES: Readonly<Record<Tab, string>> = {
  splits: "Splits",
  efforts: "Best efforts",
  match: "Match",
  repairs: "Repairs",
  data: "Data",
};

export function ActivityTabs(props: ActivityTabsProps) {
  const { detail, tab, onTab } = props;
  const count: Readonly<Record<Tab, number>> = {
    splits: useSplits(detail, props.track).length,
    efforts: detail.bestEfforts.length,
    match: detail.match?.pieces.length ?? 0,
    repairs: detail.repairs.length,
    data: 0,
  };
  return (
    <Tabs.Root value={tab} onValueChange={(value) => onTab(value as Tab)} className="mt-7">
      <Tabs.List
        aria-label="More of this activity"
        className="flex gap-5 overflow-x-auto border-border border-b [scrollbar-width:none] sm:gap-7"
      >
        {TABS.map((name) => (
          <Tabs.Trigger
            key={name}
            value={name}
            className="target -mb-px flex items-center gap-2 whitespace-nowrap border-transparent border-b-2 py-2 font-medium text-ink-2 text-s -outline-offset-2 hover:text-ink data-[state=active]:border-accent data-[state=active]:text-ink"
          >
            {NAMES[name]}
            {count[name] > 0 && <span className="hidden text-ink-3 sm:inline">{count[name]}</span>}
          </Tabs.Trigger>
        ))}
      </Tabs.List>
      <Tabs.Content value="splits" className="pt-3 outline-none">
        <Splits {...props} />
      </Tabs.Content>
      <Tabs.Content value="efforts" className="pt-3 outline-none">
        <Efforts {...props} />
      </Tabs.Content>
      <Tabs.Content value="match" className="pt-3 outline-none">
        <Match {...props} />
      </Tabs.Content>
      <Tabs.Content value="repairs" className="pt-3 outline-none">
        <Repairs {...props} />
      </Tabs.Content>
      <Tabs.Content value="data" className="pt-3 outline-none">
        <Data {...props} />
      </Tabs.Content>
    </Tabs.Root>
  );
}

function Quiet({ children }: { children: ReactNode }) {
  return <p className="max-w-prose py-6 text-ink-2">{children}</p>;
}

/** Columns for which a phone has no room. */
const NARROW_HIDES: ReadonlySet<string> = new Set(["Descent", "Along"]);

function Table({
  caption,
  head,
  children,
}: {
  caption: string;
  head: readonly string[];
  children: ReactNode;
}) {
  return (
    <div className="overflow-x-auto">
      <table className="w-full text-s [&_tbody_td]:border-border [&_tbody_td]:border-b [&_td:first-child]:pl-0 [&_td]:px-2 [&_td]:max-md:h-12 [&_td]:max-md:py-0.5 [&_td]:py-2.5 [&_th:first-child]:pl-0 [&_th]:px-2 [&_th]:py-2">
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr className="text-left text-ink-3 [&_th]:font-normal">
            {head.map((name) =>
              name === "" ? (
                <td key="picture" />
              ) : (
                <th
                  key={name}
                  scope="col"
                  className={NARROW_HIDES.has(name) ? "hidden sm:table-cell" : undefined}
                >
                  {name}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

function Splits({ detail, track, onPart }: ActivityTabsProps) {
  const { units } = useUnits();
  const { isPaced } = sportLook(detail.sport);
  const splits = useSplits(detail, track);
  if (splits.length === 0) return <Quiet>This activity is too short for splits.</Quiet>;
  const speeds = splits.map((split) => (split.movingS > 0 ? split.distanceM / split.movingS : 0));
  const fastest = Math.max(...speeds);
  const slowest = Math.min(...speeds.filter((value) => value > 0));
  const hasHeart = detail.averageHeartRateBpm !== null;
  const hasClimb = detail.gainM !== null;
  const long = longUnitM(units);
  return (
    <Table
      caption="Splits"
      head={[
        units === "metric" ? "km" : "mi",
        isPaced ? "Pace" : "Speed",
        "",
        ...(hasClimb ? ["Climb", "Descent"] : []),
        ...(hasHeart ? ["Heart rate"] : []),
      ]}
    >
      {splits.map((split, i) => {
        const rate = isPaced ? pace(1 / speeds[i]!, units) : speed(speeds[i], units);
        // From a third of a bar for the slowest to a whole one for the fastest.
        const share = fastest > slowest ? (speeds[i]! - slowest) / (fastest - slowest) : 1;
        const isShort = split.distanceM < long * 0.95;
        return (
          <tr key={split.firstRow} className="group hover:bg-sunken/60">
            <td className="w-16">
              <button
                type="button"
                className="target rounded text-left text-ink-2 underline-offset-2 hover:text-accent hover:underline"
                title="Show this split on the map"
                onClick={() => onPart([split.firstRow, split.lastRow])}
              >
                {isShort ? (i + split.distanceM / long).toFixed(2) : i + 1}
              </button>
            </td>
            <td className="w-24 font-medium">
              <Amount {...rate} />
            </td>
            <td className="min-w-14 sm:min-w-20" aria-hidden>
              <span
                className="block h-2 rounded-full bg-pace/70"
                style={{ width: `${33 + 67 * Math.max(0, share)}%` }}
              />
            </td>
            {hasClimb && (
              <>
                <td className="w-20">
                  <Amount {...height(split.gainM, units)} />
                </td>
                <td className="hidden w-20 sm:table-cell">
                  <Amount {...height(split.lossM, units)} />
                </td>
              </>
            )}
            {hasHeart && (
              <td className="w-24 whitespace-nowrap">
                <Amount {...whole(split.heartBpm, "bpm")} />
              </td>
            )}
          </tr>
        );
      })}
    </Table>
  );
}

/** Kilometres as they were measured at import; miles from the rows. */
function useSplits(detail: ActivityDetail, track: Track): readonly Split[] {
  const { units } = useUnits();
  return useMemo(() => {
    if (units === "imperial") return splitsOf(track.rows, longUnitM(units));
    let fromM = 0;
    return detail.splits.map((split) => {
      const firstRow = rowAtDistance(track.rows, fromM);
      fromM += split.distanceM;
      return {
        ...split,
        gainM: split.gainM ?? Number.NaN,
        lossM: split.lossM ?? Number.NaN,
        heartBpm: split.averageHeartRateBpm ?? Number.NaN,
        powerW: Number.NaN,
        firstRow,
        lastRow: rowAtDistance(track.rows, fromM),
      };
    });
  }, [detail, track, units]);
}

function Efforts({ detail, track, onPart }: ActivityTabsProps) {
  const { units } = useUnits();
  const { isPaced } = sportLook(detail.sport);
  if (detail.bestEfforts.length === 0) {
    return <Quiet>Best efforts begin at 400 m of movement with known positions or distance.</Quiet>;
  }
  return (
    <Table caption="Best efforts" head={["Distance", "Time", isPaced ? "Pace" : "Speed", "Where"]}>
      {detail.bestEfforts.map((effort) => {
        const startS = (effort.startMs - detail.startMs) / 1000;
        const first = rowAtTime(track, startS);
        const last = rowAtTime(track, startS + effort.elapsedS);
        return (
          <tr key={effort.name} className="hover:bg-sunken/60">
            <td className="font-medium">{effort.name}</td>
            <td>{duration(effort.elapsedS)}</td>
            <td>
              <Amount
                {...(isPaced
                  ? pace(effort.elapsedS / effort.distanceM, units)
                  : speed(effort.distanceM / effort.elapsedS, units))}
              />
            </td>
            <td>
              <button
                type="button"
                className="target rounded text-ink-2 underline-offset-2 hover:text-accent hover:underline"
                title="Show this effort on the map"
                onClick={() => onPart(last > first ? [first, last] : undefined)}
              >
                from <Amount {...distance(track.rows.distanceM[first], units)} />
              </button>
            </td>
          </tr>
        );
      })}
    </Table>
  );
}

function rowAtTime(track: Track, seconds: number): number {
  const { timeS, n } = track.rows;
  let row = 0;
  while (row < n - 1 && timeS[row]! < seconds) row++;
  return row;
}

const REASONS = {
  left: "Left the paths",
  gap: "Nothing recorded",
  outside: "Beyond the map",
} as const;

function Match({ detail, track, onPart }: ActivityTabsProps) {
  const { units } = useUnits();
  const { match } = detail;
  if (!match) {
    return (
      <Quiet>
        {detail.hasPosition
          ? "This activity has not been matched: no map covers it. Build one with “waymark map build”."
          : "This activity has no positions, so there is nothing to match."}
      </Quiet>
    );
  }
  const sum = detail.matchedM + detail.offNetworkM;
  return (
    <>
      <p className="mb-3 flex flex-wrap gap-x-5 gap-y-1 text-ink-2 text-s">
        <span>
          <b className="font-[560] text-ink">
            <Amount {...percent(sum > 0 ? detail.matchedM / sum : null)} />
          </b>{" "}
          on the network
        </span>
        <span>
          recorder’s error <Amount {...height(match.sigmaM, units)} />
        </span>
        <span>
          distance to the path <Amount {...height(match.rmsM, units)} /> rms
        </span>
        <span>profile {match.profile}</span>
      </p>
      <Table caption="Pieces of the match" head={["Piece", "Length", "Confidence", "Along"]}>
        {match.pieces.map((piece, i) => (
          <tr key={`${piece.firstPoint}-${piece.kind}`} className="hover:bg-sunken/60">
            <td className="max-sm:py-2 sm:whitespace-nowrap">
              <button
                type="button"
                className="target flex items-center gap-2 rounded text-left underline-offset-2 hover:text-accent hover:underline"
                title="Show this piece on the map"
                onClick={() => {
                  const { firstRow, lastRow } = track.pieces[i]!;
                  onPart(lastRow > firstRow ? [firstRow, lastRow] : undefined);
                }}
              >
                <PieceStroke piece={piece} />
                {piece.kind === "matched" ? "Matched" : REASONS[piece.reason ?? "left"]}
              </button>
              {piece.names.length > 0 && (
                <span className="block max-w-52 text-ink-2 sm:hidden">
                  <Names names={piece.names} />
                </span>
              )}
            </td>
            <td className="whitespace-nowrap">
              <Amount {...distance(piece.lengthM, units)} />
            </td>
            <td>{piece.confidence === null ? "–" : <Amount {...percent(piece.confidence)} />}</td>
            <td className="hidden max-w-md text-ink-2 sm:table-cell">
              {piece.names.length === 0 ? (
                <span className="text-ink-3">
                  {piece.kind === "matched" ? "unnamed ways" : "–"}
                </span>
              ) : (
                <Names names={piece.names} />
              )}
            </td>
          </tr>
        ))}
      </Table>
    </>
  );
}

const NAMES_SHOWN = 6;

function Names({ names }: { names: readonly string[] }) {
  const rest = names.length - NAMES_SHOWN;
  if (rest <= 1) return names.join(" · ");
  return (
    <details className="inline">
      <summary className="inline list-none">
        {names.slice(0, NAMES_SHOWN).join(" · ")}{" "}
        <span className="text-accent">and {rest} more</span>
      </summary>
      {" · "}
      {names.slice(NAMES_SHOWN).join(" · ")}
    </details>
  );
}

function PieceStroke({ piece }: { piece: Piece }) {
  const isMatched = piece.kind === "matched";
  return (
    <svg width="22" height="8" viewBox="0 0 22 8" role="presentation">
      <line
        x1="1"
        y1="4"
        x2="21"
        y2="4"
        stroke={isMatched ? "var(--line)" : "var(--off)"}
        strokeWidth={isMatched ? 3.5 : 2.5}
        {...(isMatched ? { strokeLinecap: "round" as const } : { strokeDasharray: "4 3" })}
      />
    </svg>
  );
}

function Repairs({ detail }: ActivityTabsProps) {
  if (detail.repairs.length === 0) {
    return <Quiet>Nothing had to be repaired: every record of the file is used as it came.</Quiet>;
  }
  return (
    <Table caption="Repairs" head={["What", "Count", "In words"]}>
      {detail.repairs.map((repair) => (
        <tr key={repair.code}>
          <td className="whitespace-nowrap align-top font-medium">{words(repair.code)}</td>
          <td className="whitespace-nowrap align-top">
            {grouped(Math.round(repair.count))}
            <span className="unit"> {repair.count === 1 ? repair.unit : plural(repair.unit)}</span>
          </td>
          <td className="w-full text-ink-2">{repair.message}</td>
        </tr>
      ))}
    </Table>
  );
}

function words(code: string): string {
  const text = code.replaceAll("-", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function plural(unit: string): string {
  return unit === "activity" ? "activities" : `${unit}s`;
}

function Data({ detail }: ActivityTabsProps) {
  const rows: readonly (readonly [string, ReactNode])[] = [
    ["Started", fullWhen(detail.startMs)],
    // Of others' activities the name of the file is not told.
    ...(detail.file
      ? ([
          [
            "File",
            <span className="name" key="file">
              {detail.file}
            </span>,
          ],
        ] as const)
      : []),
    ["Format", detail.format.toUpperCase()],
    ["Device", detail.device || "unknown"],
    ["Sport in the file", detail.statedSport || "unknown"],
    ["Rows", grouped(detail.points)],
    ["Pauses", pausesOf(detail)],
    ["Network", detail.match ? detail.match.networkVersion : "not matched"],
  ];
  return (
    <dl className="grid max-w-2xl grid-cols-[9rem_1fr] text-s">
      {rows.map(([name, value]) => (
        <div key={name} className="contents [&>*]:border-border [&>*]:border-b [&>*]:py-2.5">
          <dt className="text-ink-3">{name}</dt>
          <dd className="break-words">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

const PAUSE_KINDS = {
  timer: "by the watch",
  auto: "standing still",
  gap: "nothing recorded",
} as const;

function pausesOf({ pauses }: ActivityDetail): string {
  if (pauses.length === 0) return "none";
  const sums = new Map<keyof typeof PAUSE_KINDS, { count: number; ms: number }>();
  for (const { kind, startMs, endMs } of pauses) {
    const sum = sums.get(kind) ?? { count: 0, ms: 0 };
    sums.set(kind, { count: sum.count + 1, ms: sum.ms + endMs - startMs });
  }
  return [...sums]
    .map(([kind, { count, ms }]) => `${count} ${PAUSE_KINDS[kind]} (${duration(ms / 1000)})`)
    .join(", ");
}
