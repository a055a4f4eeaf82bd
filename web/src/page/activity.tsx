/**
 * One activity: its map over more than half of the screen, the numbers (of the whole, or of the part
 * that is chosen), charts with one cursor for all, and what was measured, matched and repaired.
 */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { X } from "lucide-react";
import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from "react";
import type {
  ActivityAnswer,
  ActivityDetail,
  ActivityStreams,
} from "../../../src/schema/activity.ts";
import { type ActivityAddress, readPart } from "../address.ts";
import { detailQuery, streamsQuery } from "../api.ts";
import { Figure } from "../part/figure.tsx";
import { Failed } from "../part/state.tsx";
import { useTheme, useUnits } from "../preference.ts";
import { reach } from "../reach.ts";
import { useKeys } from "../shell/keys.ts";
import { sportLook } from "../sport.tsx";
import {
  buildTrack,
  METRICS,
  type Metric,
  partNumbers,
  rowAtDistance,
  type Track,
} from "../track.ts";
import { distance, duration, height, pace, speed, type UnitSystem, whole } from "../unit.ts";
import { ActivityHeader } from "./activity-header.tsx";
import { ActivitySkeleton, MapWait } from "./activity-skeleton.tsx";
import { ActivityTabs } from "./activity-tabs.tsx";
import { ColourLegend, LineLegend } from "./legend.tsx";

const TrackMap = lazy(() => reach(() => import("../map/track-map.tsx")));
const Profile = lazy(() => reach(() => import("../chart/profile.tsx")));

const route = getRouteApi("/activities/$id");

export function ActivityPage() {
  const { id } = route.useParams();
  const detail = useQuery(detailQuery(id));
  const streams = useQuery(streamsQuery(id));
  const error = detail.error ?? streams.error;
  if (error) {
    const retry = (): void => {
      void detail.refetch();
      void streams.refetch();
    };
    return <Failed error={error} retry={retry} what="activity" />;
  }
  if (!detail.data || !streams.data) return <ActivitySkeleton />;
  return <ActivityBody key={id} detail={detail.data} streams={streams.data} />;
}

function ActivityBody({ detail, streams }: { detail: ActivityAnswer; streams: ActivityStreams }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const track = useMemo(() => buildTrack(detail, streams), [detail, streams]);
  const [cursor, setCursor] = useState(-1);
  const metrics = METRICS.filter((metric) => track.scales[metric] !== null);
  const colour =
    search.colour && (search.colour === "plain" || metrics.includes(search.colour))
      ? search.colour
      : (metrics[0] ?? "plain");
  const isRawShown = search.raw === true;
  const part = useMemo(() => partRows(track, search), [track, search]);

  const change = useCallback(
    (next: Partial<ActivityAddress>) => {
      void navigate({
        search: (before) => ({ ...before, ...next }),
        replace: true,
        resetScroll: false,
      });
    },
    [navigate],
  );
  const setPart = useCallback(
    (rows: readonly [number, number] | undefined) => {
      const metres = rows?.map((row) => Math.round(track.rows.distanceM[row]!));
      change({ part: metres && metres[0]! < metres[1]! ? `${metres[0]}-${metres[1]}` : undefined });
    },
    [change, track],
  );
  useEffect(() => {
    document.title = `${detail.title} · Waymark`;
  }, [detail.title]);
  useKeys({
    r: () => change({ raw: isRawShown ? undefined : true }),
    c: () => {
      const order = [...metrics, "plain"] as const;
      change({ colour: order[(order.indexOf(colour) + 1) % order.length] });
    },
    u: () => void navigate({ to: "/activities", search: {} }),
    escape: () => setPart(undefined),
  });

  return (
    <div className="mx-auto max-w-[1280px] px-4 pt-4 md:px-8 md:pt-6">
      <ActivityHeader detail={detail} track={track} />
      {detail.bbox && (
        <MapBox
          track={track}
          sport={detail.sport}
          bbox={detail.bbox}
          colour={colour}
          metrics={metrics}
          isRawShown={isRawShown}
          hasMatch={detail.match !== null}
          cursor={cursor}
          onCursor={setCursor}
          part={part}
          onChange={change}
        />
      )}
      <Numbers detail={detail} track={track} part={part} onWhole={() => setPart(undefined)} />
      <div className="box mt-4 overflow-hidden">
        <Suspense fallback={<div className="bone h-64" />}>
          <Profile
            track={track}
            sport={detail.sport}
            cursor={cursor}
            onCursor={setCursor}
            part={part}
            onPart={setPart}
          />
        </Suspense>
      </div>
      <ActivityTabs
        detail={detail}
        track={track}
        tab={search.tab ?? "splits"}
        onTab={(tab) => change({ tab: tab === "splits" ? undefined : tab })}
        onPart={setPart}
      />
    </div>
  );
}

function partRows(track: Track, { part }: ActivityAddress): readonly [number, number] | undefined {
  const metres = readPart(part);
  if (!metres) return undefined;
  const first = rowAtDistance(track.rows, metres[0]);
  const last = rowAtDistance(track.rows, metres[1]);
  return last > first ? [first, last] : undefined;
}

function MapBox(props: {
  track: Track;
  sport: string;
  bbox: readonly [number, number, number, number];
  colour: Metric | "plain";
  metrics: readonly Metric[];
  isRawShown: boolean;
  hasMatch: boolean;
  cursor: number;
  onCursor: (row: number) => void;
  part: readonly [number, number] | undefined;
  onChange: (next: Partial<ActivityAddress>) => void;
}) {
  const { track, sport, colour, metrics, isRawShown, hasMatch, onChange } = props;
  const { isPaced } = sportLook(sport);
  const { isDark } = useTheme();
  return (
    <section aria-label="The line on the map" className="box overflow-hidden">
      <div className="h-[46vh] min-h-72 bg-sunken md:h-[58vh]" data-dark-map={isDark}>
        <Suspense fallback={<MapWait />}>
          <TrackMap {...props} />
        </Suspense>
      </div>
      <div className="flex flex-wrap items-center gap-x-5 gap-y-2 border-border border-t px-3 py-2.5 text-s md:px-4">
        <select
          aria-label="Colour of the line"
          title="C"
          className="button chooser"
          value={colour}
          onChange={(event) => onChange({ colour: event.target.value as Metric | "plain" })}
        >
          {metrics.map((metric) => (
            <option key={metric} value={metric}>
              {metric === "pace" && !isPaced ? "Speed" : METRIC_NAMES[metric]}
            </option>
          ))}
          <option value="plain">One colour</option>
        </select>
        {hasMatch && (
          <button
            type="button"
            className="button md:order-last"
            aria-pressed={isRawShown}
            title="R"
            onClick={() => onChange({ raw: isRawShown ? undefined : true })}
          >
            Recorded line
          </button>
        )}
        {colour !== "plain" && (
          <ColourLegend metric={colour} track={track} isPaced={isPaced} isDark={isDark} />
        )}
        <span className="md:ml-auto">
          <LineLegend track={track} isRawShown={isRawShown} colour={colour} isDark={isDark} />
        </span>
      </div>
    </section>
  );
}

const METRIC_NAMES: Readonly<Record<Metric, string>> = {
  pace: "Pace",
  grade: "Grade",
  heart: "Heart rate",
  elevation: "Elevation",
};

function Numbers(props: {
  detail: ActivityDetail;
  track: Track;
  part: readonly [number, number] | undefined;
  onWhole: () => void;
}) {
  const { detail, track, part, onWhole } = props;
  const { units } = useUnits();
  const numbers = part ? partNumbers(track.rows, part[0], part[1]) : undefined;
  const far = numbers?.distanceM ?? detail.distanceM;
  const movingS = numbers?.movingS ?? detail.movingS;
  const gainM = numbers ? numbers.gainM : detail.gainM;
  const lossM = numbers ? numbers.lossM : detail.lossM;
  const heart = numbers ? numbers.heartBpm : detail.averageHeartRateBpm;
  const power = numbers ? numbers.powerW : detail.averagePowerW;
  const rate = rateOf(detail.sport, far, movingS, units);
  return (
    <section
      aria-label={part ? "Numbers of the chosen part" : "Numbers"}
      className="mt-4"
      aria-live="polite"
    >
      {part && (
        <p className="mb-3 flex items-center gap-2 text-s">
          <span className="rounded-full bg-accent-soft px-3 py-1 text-accent">
            Part: {partName(track, part, units)}
          </span>
          <button type="button" className="button button-low" onClick={onWhole}>
            <X size={14} aria-hidden /> Whole activity
          </button>
        </p>
      )}
      <dl className="grid grid-cols-3 gap-x-4 gap-y-4 sm:flex sm:flex-wrap sm:gap-x-11">
        <Figure name="Distance" quantity={distance(far, units)} />
        <Figure name="Moving time" quantity={{ value: duration(movingS), unit: "" }} />
        <Figure name={rate.name} quantity={rate.quantity} />
        {detail.gainM !== null && <Figure name="Climb" quantity={height(gainM, units)} />}
        {detail.lossM !== null && <Figure name="Descent" quantity={height(lossM, units)} />}
        {detail.averageHeartRateBpm !== null && (
          <Figure name="Heart rate" quantity={whole(heart, "bpm")} />
        )}
        {detail.averagePowerW !== null && <Figure name="Power" quantity={whole(power, "W")} />}
        {!part && (
          <Figure name="Elapsed" quantity={{ value: duration(detail.elapsedS), unit: "" }} />
        )}
      </dl>
    </section>
  );
}

function partName(track: Track, part: readonly [number, number], units: UnitSystem): string {
  const [from, to] = part.map((row) => distance(track.rows.distanceM[row]!, units));
  return `${from!.value} ${from!.unit === to!.unit ? "" : `${from!.unit} `}– ${to!.value} ${to!.unit}`;
}

function rateOf(sport: string, metres: number, seconds: number, units: UnitSystem) {
  return sportLook(sport).isPaced
    ? { name: "Pace", quantity: pace(metres > 0 ? seconds / metres : null, units) }
    : { name: "Speed", quantity: speed(seconds > 0 ? metres / seconds : null, units) };
}
