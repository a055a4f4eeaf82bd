/**
 * The list of activities, newest first, month by month with sums: a small picture of each line, its
 * numbers, and a mark where something was repaired or lies off the network. Search and sport live in
 * the address.
 */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Unlink2, Wrench } from "lucide-react";
import { useEffect, useMemo, useRef } from "react";
import type { ActivitySummary } from "../../../src/schema/activity.ts";
import type { Month } from "../../../src/schema/activity-list.ts";
import { isBuilding, listQuery, statusQuery } from "../api.ts";
import { useGoneIds } from "../change.ts";
import { Amount } from "../part/figure.tsx";
import { More, useListKeys } from "../part/list.tsx";
import { SearchField } from "../part/search-field.tsx";
import { Empty, Failed } from "../part/state.tsx";
import { Thumbnail } from "../part/thumbnail.tsx";
import { useUnits } from "../preference.ts";
import { useMe } from "../session.ts";
import { SportSign, sportLook } from "../sport.tsx";
import { distance, duration, grouped, height, longDuration, type UnitSystem } from "../unit.ts";
import { PickFiles } from "../upload/pick.tsx";
import { fullWhen, monthName, monthOf, when } from "../when.ts";
import { DateFilter } from "./date-filter.tsx";

const route = getRouteApi("/activities");

/** Off the network is marked from this length on: less is a doorstep. */
const OFF_NETWORK_M = 100;

export function ActivitiesPage() {
  const { q, sport, from, to, who } = route.useSearch();
  const me = useMe();
  const { data, error, isPending, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } =
    useInfiniteQuery(listQuery({ q, sport, from, to, athlete: who && me?.name }));
  const { data: status } = useQuery(statusQuery);
  const first = data?.pages[0];
  const goneIds = useGoneIds();
  const activities = useMemo(
    () => data?.pages.flatMap((page) => page.activities.filter(({ id }) => !goneIds.has(id))) ?? [],
    [data, goneIds],
  );
  const list = useRef<HTMLDivElement>(null);
  useListKeys(list);
  useEffect(() => {
    document.title = "Activities · Waymark";
  }, []);

  return (
    <div className="mx-auto max-w-[980px] px-4 pt-6 md:px-8 md:pt-9">
      <header className="mb-4 flex flex-wrap items-end justify-between gap-x-6 gap-y-4">
        <div>
          <h1>Activities</h1>
          {first?.stored !== 0 && (
            // Its line is kept free while the list loads, so that nothing jumps.
            <p className="mt-1 min-h-[1.125rem] text-ink-2 text-s" aria-live="polite">
              {first &&
                (first.total === first.stored
                  ? `${grouped(first.total)} ${first.total === 1 ? "activity" : "activities"}`
                  : `${grouped(first.total)} of ${grouped(first.stored)}`)}
              {first && status?.note && (
                <>
                  <span className="text-ink-3"> · </span>
                  <span className="inline-block text-ink-3">{status.note}</span>
                </>
              )}
            </p>
          )}
        </div>
        <PickFiles />
      </header>
      {first?.stored !== 0 && <Filters sports={first?.sports ?? []} />}
      {error && !data ? (
        <Failed error={error} retry={() => void refetch()} what="list" />
      ) : isPending ? (
        <ListSkeleton />
      ) : first?.stored === 0 ? (
        isBuilding(status) ? (
          <BuildingEmpty phase={status?.phase ?? ""} />
        ) : (
          <NothingYet note={status?.note} />
        )
      ) : activities.length === 0 ? (
        <NothingFound />
      ) : (
        <div ref={list}>
          <Months activities={activities} months={first?.months ?? []} />
          {hasNextPage && <More onSeen={() => void fetchNextPage()} isBusy={isFetchingNextPage} />}
        </div>
      )}
    </div>
  );
}

function Filters({ sports }: { sports: readonly string[] }) {
  const { q, sport, who } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <search className="mb-4 flex w-full flex-wrap gap-2">
      <SearchField
        name="Search activities"
        value={q}
        onChange={(value) =>
          void navigate({
            search: (search) => ({ ...search, q: value }),
            replace: true,
            resetScroll: false,
          })
        }
      />
      <select
        aria-label="Sport"
        value={sport ?? ""}
        onChange={(event) =>
          void navigate({
            search: (search) => ({ ...search, sport: event.target.value || undefined }),
            replace: true,
          })
        }
        className="button chooser"
      >
        <option value="">All sports</option>
        {[...new Set(sport ? [...sports, sport] : sports)].map((name) => (
          <option key={name} value={name}>
            {sportLook(name).name}
          </option>
        ))}
      </select>
      <DateFilter />
      <button
        type="button"
        className="button"
        aria-pressed={who === "me"}
        onClick={() =>
          void navigate({
            search: (search) => ({ ...search, who: who ? undefined : "me" }),
            replace: true,
          })
        }
      >
        Mine
      </button>
    </search>
  );
}

function Months(props: { activities: readonly ActivitySummary[]; months: readonly Month[] }) {
  const { units } = useUnits();
  const now = Date.now();
  const groups = useMemo(() => {
    const byMonth = new Map<string, ActivitySummary[]>();
    for (const activity of props.activities) {
      const month = monthOf(activity.startMs);
      const group = byMonth.get(month);
      if (group) group.push(activity);
      else byMonth.set(month, [activity]);
    }
    return [...byMonth];
  }, [props.activities]);
  return groups.map(([month, activities]) => {
    const sum = props.months.find((one) => one.month === month);
    return (
      <section key={month} className="mb-8" aria-label={monthName(month)}>
        <div className="sticky top-0 z-10 flex flex-wrap items-baseline justify-between gap-x-4 border-border border-b bg-canvas/95 py-2 backdrop-blur-sm">
          <h2 className="text-m">{monthName(month)}</h2>
          {sum && <MonthSum sum={sum} units={units} />}
        </div>
        <ul>
          {activities.map((activity) => (
            <Row key={activity.id} activity={activity} units={units} now={now} />
          ))}
        </ul>
      </section>
    );
  });
}

function MonthSum({ sum, units }: { sum: Month; units: UnitSystem }) {
  return (
    <p className="flex gap-x-4 text-ink-2 text-s">
      <span className="hidden sm:inline">
        {grouped(sum.count)} {sum.count === 1 ? "activity" : "activities"}
      </span>
      <span>
        <Amount {...distance(sum.distanceM, units)} />
      </span>
      <span>{longDuration(sum.movingS)}</span>
      {sum.gainM > 0 && (
        <span>
          <Amount {...height(sum.gainM, units)} />
        </span>
      )}
    </p>
  );
}

function Row(props: { activity: ActivitySummary; units: UnitSystem; now: number }) {
  const { activity, units, now } = props;
  const far = distance(activity.distanceM, units);
  const climb = height(activity.gainM, units);
  return (
    <li className="relative -mx-2 [contain-intrinsic-size:auto_79px] [content-visibility:auto] after:absolute after:inset-x-2 after:bottom-0 after:border-border after:border-b">
      <Link
        to="/activities/$id"
        params={{ id: activity.id }}
        search={{}}
        data-row
        className="grid grid-cols-[72px_1fr] items-center gap-x-4 rounded-box px-2 py-3 -outline-offset-2 hover:bg-sunken/70 md:grid-cols-[72px_minmax(0,1fr)_84px_84px_84px_52px]"
      >
        <Thumbnail line={activity.line} sport={activity.sport} />
        <div className="min-w-0">
          <p className="truncate font-[560]">{activity.title}</p>
          <p className="mt-0.5 flex items-center gap-1.5 text-ink-2 text-s">
            <SportSign sport={activity.sport} size={14} />
            <span className="truncate">
              <time
                dateTime={new Date(activity.startMs).toISOString()}
                title={fullWhen(activity.startMs)}
              >
                {when(activity.startMs, now)}
              </time>
              <span className="text-ink-3"> · {activity.athlete}</span>
            </span>
          </p>
          <p className="mt-1 flex items-center gap-3 text-s md:hidden">
            <span>
              <Amount {...far} />
            </span>
            <span>{duration(activity.movingS)}</span>
            {activity.gainM !== null && (
              <span>
                ↑ <Amount {...climb} />
              </span>
            )}
            <Marks activity={activity} units={units} />
          </p>
        </div>
        <Cell name="Distance">
          <Amount {...far} />
        </Cell>
        <Cell name="Moving time">{duration(activity.movingS)}</Cell>
        <Cell name="Climb">{activity.gainM === null ? "–" : <Amount {...climb} />}</Cell>
        <span className="hidden justify-end md:flex">
          <Marks activity={activity} units={units} />
        </span>
      </Link>
    </li>
  );
}

function Cell({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <span className="hidden text-right md:block">
      <span className="sr-only">{name}: </span>
      {children}
    </span>
  );
}

function Marks({ activity, units }: { activity: ActivitySummary; units: UnitSystem }) {
  const off = distance(activity.offNetworkM, units);
  return (
    <span className="flex items-center gap-1.5">
      {activity.offNetworkM >= OFF_NETWORK_M && (
        <span title={`${off.value} ${off.unit} off the network`} className="text-ink-2">
          <Unlink2 size={15} role="img" aria-label={`${off.value} ${off.unit} off the network`} />
        </span>
      )}
      {activity.repairCount > 0 && (
        <span title={`${activity.repairCount} kinds of repair`} className="text-warn">
          <Wrench size={14} role="img" aria-label={`${activity.repairCount} kinds of repair`} />
        </span>
      )}
    </span>
  );
}

function ListSkeleton() {
  return (
    <div role="status" aria-label="Loading the activities">
      <div className="bone mb-3 h-5 w-40" />
      {Array.from({ length: 8 }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: bones have no identity
        <div key={i} className="flex items-center gap-4 border-border border-b py-3">
          <div className="bone h-[54px] w-[72px]" />
          <div className="grid flex-1 gap-2">
            <div className="bone h-4 w-2/5" />
            <div className="bone h-3 w-1/4" />
          </div>
        </div>
      ))}
    </div>
  );
}

function TrailPicture() {
  return (
    <svg width="168" height="104" viewBox="0 0 168 104" fill="none" role="presentation">
      <path d="M0 92 44 40l22 24 30-44 72 72" className="fill-sunken stroke-border-strong" />
      <path
        d="M6 96c22-6 30-18 46-16s20 12 38 6 18-26 36-24 22 14 36 10"
        stroke="var(--line)"
        strokeWidth="3"
        strokeLinecap="round"
        strokeDasharray="1 7"
      />
      <path
        d="M6 96c22-6 30-18 46-16s20 12 38 6"
        stroke="var(--line)"
        strokeWidth="3"
        strokeLinecap="round"
      />
    </svg>
  );
}

function NothingYet({ note }: { note: string | undefined }) {
  return (
    <Empty picture={<TrailPicture />} title="No activities yet">
      {note && <p>{note}.</p>}
      <p>
        Drop files of your watch or bike computer anywhere on this page: FIT, GPX and TCX, folders
        of them, or the archive that Strava gives you.
      </p>
      <PickFiles />
    </Empty>
  );
}

function BuildingEmpty({ phase }: { phase: string }) {
  return (
    <Empty picture={<TrailPicture />} title="A small world is being built">
      <p>
        Streets, hills and a year of recordings. Now: {phase}. Activities appear here by themselves.
      </p>
    </Empty>
  );
}

function NothingFound() {
  const navigate = route.useNavigate();
  return (
    <Empty picture={<TrailPicture />} title="No activity matches">
      <p>Try fewer words, another sport or a longer time.</p>
      <button type="button" className="button" onClick={() => void navigate({ search: {} })}>
        Show all activities
      </button>
    </Empty>
  );
}
