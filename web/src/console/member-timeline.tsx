/** Everything that happened to a member, the newest first, in one order: usage, billing, messages, scores. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import {
  BadgeCheck,
  CreditCard,
  type LucideIcon,
  Mail,
  MousePointerClick,
  Route,
  Scale,
} from "lucide-react";
import { useMemo } from "react";
import { TIMELINE_GROUPS, type TimelineEntry } from "../../../src/schema/console/member.ts";
import { More } from "../part/list.tsx";
import { Failed } from "../part/state.tsx";
import { dayName, fullWhen, shortDay } from "../when.ts";
import { timelineQuery } from "./query.ts";
import { money } from "./words.ts";

const route = getRouteApi("/members/$id");

type Group = TimelineEntry["group"];

const LOOK: Record<Group, { readonly name: string; readonly Sign: LucideIcon }> = {
  usage: { name: "Usage", Sign: MousePointerClick },
  recording: { name: "Recordings", Sign: Route },
  billing: { name: "Billing", Sign: CreditCard },
  message: { name: "Messages", Sign: Mail },
  membership: { name: "Membership", Sign: BadgeCheck },
  decision: { name: "Scores", Sign: Scale },
};

const TONES = {
  plain: "bg-sunken text-ink-2",
  good: "bg-accent-soft text-good",
  bad: "bg-warn-soft text-involuntary",
} as const;

export function MemberTimeline({ id }: { id: string }) {
  const { show } = route.useSearch();
  const navigate = route.useNavigate();
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery(
    timelineQuery(id, show),
  );
  const days = useMemo(() => {
    const byDay = new Map<string, TimelineEntry[]>();
    for (const entry of data?.pages.flatMap((page) => page.entries) ?? []) {
      const day = shortDay(dayName(entry.atMs), Date.now());
      const entries = byDay.get(day);
      if (entries) entries.push(entry);
      else byDay.set(day, [entry]);
    }
    return [...byDay];
  }, [data]);
  return (
    <section aria-labelledby="timeline" className="mt-9">
      <div className="mb-4 flex flex-wrap items-center justify-between gap-3">
        <h2 id="timeline">Timeline</h2>
        <fieldset className="flex flex-wrap gap-2" aria-label="What is shown">
          {[undefined, ...TIMELINE_GROUPS].map((group) => (
            <button
              key={group ?? "all"}
              type="button"
              className="button button-low target"
              aria-pressed={show === group}
              onClick={() =>
                void navigate({ search: { show: group }, replace: true, resetScroll: false })
              }
            >
              {group ? LOOK[group].name : "All"}
            </button>
          ))}
        </fieldset>
      </div>
      {error && !data ? (
        <Failed error={error} retry={() => void refetch()} what="timeline" />
      ) : !data ? (
        <div className="bone h-80" role="status" aria-label="Loading the timeline" />
      ) : days.length === 0 ? (
        <p className="py-10 text-center text-ink-2">Nothing of this kind has happened.</p>
      ) : (
        <>
          {days.map(([day, entries]) => (
            <Day key={day} name={day} entries={entries} />
          ))}
          {hasNextPage && <More onSeen={() => void fetchNextPage()} isBusy={isFetchingNextPage} />}
        </>
      )}
    </section>
  );
}

function Day({ name, entries }: { name: string; entries: readonly TimelineEntry[] }) {
  return (
    <section
      aria-label={name}
      className="grid gap-x-6 border-border border-t py-3 md:grid-cols-[9.5rem_1fr]"
    >
      <h3 className="py-1 font-medium text-ink-2 text-s">{name}</h3>
      <ul className="grid gap-1">
        {entries.map((entry) => (
          <Entry key={entry.key} entry={entry} />
        ))}
      </ul>
    </section>
  );
}

function Entry({ entry }: { entry: TimelineEntry }) {
  const { Sign, name } = LOOK[entry.group];
  const title = entry.count > 1 ? `${entry.title} × ${entry.count}` : entry.title;
  return (
    <li className="flex items-start gap-3 py-1 text-s">
      <span
        className={`mt-px grid size-6 shrink-0 place-items-center rounded-full ${TONES[entry.tone]}`}
        title={name}
      >
        <Sign size={13} role="img" aria-label={name} />
      </span>
      <div className="min-w-0 flex-1 pt-0.5">
        <p>
          {entry.activityId ? (
            <Link
              to="/activities/$id"
              params={{ id: entry.activityId }}
              search={{}}
              className="font-medium underline decoration-border-strong underline-offset-2 hover:decoration-ink"
            >
              {title}
            </Link>
          ) : (
            <span className={entry.group === "usage" ? "" : "font-medium"}>{title}</span>
          )}
          {entry.amount && <span className="ml-2">{money(entry.amount)}</span>}
        </p>
        {entry.note && <p className="text-ink-2">{entry.note}</p>}
        {entry.knownMs !== null && <p className="text-ink-3">known {fullWhen(entry.knownMs)}</p>}
      </div>
      <time
        className="shrink-0 pt-0.5 text-ink-3"
        dateTime={new Date(entry.atMs).toISOString()}
        title={fullWhen(entry.atMs)}
      >
        {new Date(entry.atMs).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" })}
      </time>
    </li>
  );
}
