/**
 * Members by what may be lost with them: risk by cause, value at risk and why. Filters and order live in
 * the address.
 */
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import type { MemberList, MemberRow } from "../../../src/schema/console/member.ts";
import { Chooser } from "../part/chooser.tsx";
import { More, useListKeys } from "../part/list.tsx";
import { SearchField } from "../part/search-field.tsx";
import { Failed } from "../part/state.tsx";
import { grouped } from "../unit.ts";
import { fromNow, fullWhen } from "../when.ts";
import { ChanceBar, ChanceText } from "./chance.tsx";
import { NoMembers, NothingFound } from "./empty.tsx";
import { membersQuery } from "./query.ts";
import { StateBadge } from "./state-badge.tsx";
import { money, platformName, stateName } from "./words.ts";

const route = getRouteApi("/members");

/** The chance at which a bar of the list is full: few are above. */
const FULL = 0.6;

export function MembersPage() {
  const address = route.useSearch();
  const navigate = route.useNavigate();
  const { data, error, isPending, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } =
    useInfiniteQuery(membersQuery(address));
  const list = useRef<HTMLDivElement>(null);
  useListKeys(list);
  useEffect(() => {
    document.title = "Members · Waymark";
  }, []);
  const first = data?.pages[0];
  const members = data?.pages.flatMap((page) => page.members) ?? [];
  const all = first?.states.reduce((sum, { count }) => sum + count, 0);
  return (
    <div className="mx-auto max-w-[1180px] px-4 pt-6 md:px-8 md:pt-9">
      <header className="mb-4">
        <h1>Members</h1>
        <p className="mt-1 min-h-[1.125rem] text-ink-2 text-s" aria-live="polite">
          {first && <Summary list={first} all={all ?? 0} />}
        </p>
      </header>
      {all !== 0 && <Filters list={first} />}
      {error && !data ? (
        <Failed error={error} retry={() => void refetch()} what="list of members" />
      ) : isPending ? (
        <MembersSkeleton />
      ) : all === 0 ? (
        <NoMembers />
      ) : members.length === 0 ? (
        <NothingFound what="member" showAll={() => void navigate({ search: {} })} />
      ) : (
        <div ref={list}>
          <Rows members={members} />
          {hasNextPage && <More onSeen={() => void fetchNextPage()} isBusy={isFetchingNextPage} />}
        </div>
      )}
    </div>
  );
}

function Summary({ list, all }: { list: MemberList; all: number }) {
  const { total, scored } = list;
  const hasIntervals = list.members.some(
    ({ risk }) => risk !== null && risk.voluntary.low !== null,
  );
  return (
    <>
      {total === all ? grouped(total) : `${grouped(total)} of ${grouped(all)}`}{" "}
      {all === 1 ? "member" : "members"}
      <span className="text-ink-3">
        {" · "}
        {scored
          ? `30-day risk of version ${scored.version}, scored ${fromNow(scored.atMs, Date.now())}`
          : "no model has scored them yet"}
        {hasIntervals && ", in brackets what came to those told as much"}
      </span>
    </>
  );
}

const SORTS = [
  ["value", "Value at risk"],
  ["risk", "Risk"],
  ["recent", "Last active"],
  ["name", "Name"],
] as const;

function Filters({ list }: { list: MemberList | undefined }) {
  const address = route.useSearch();
  const navigate = route.useNavigate();
  const set = (change: Partial<typeof address>): void =>
    void navigate({
      search: (search) => ({ ...search, ...change }),
      replace: true,
      resetScroll: false,
    });
  return (
    <search className="mb-4 flex w-full flex-wrap gap-2">
      <SearchField
        name="Search members"
        placeholder="Name, email or id"
        value={address.q}
        onChange={(q) => set({ q })}
      />
      <Chooser
        name="State"
        none="All states"
        value={address.state}
        choices={(list?.states ?? []).map(({ state, count }) => ({
          value: state,
          name: `${stateName(state)} (${grouped(count)})`,
        }))}
        onChange={(state) => set({ state })}
      />
      <Chooser
        name="Plan"
        none="All plans"
        value={address.plan}
        choices={(list?.plans ?? []).map((plan) => ({ value: plan, name: plan }))}
        onChange={(plan) => set({ plan })}
      />
      <Chooser
        name="Platform"
        none="All platforms"
        value={address.platform}
        choices={(list?.platforms ?? []).map((one) => ({ value: one, name: platformName(one) }))}
        onChange={(platform) => set({ platform })}
      />
      <Chooser
        name="Order"
        value={address.sort ?? "value"}
        choices={SORTS.map(([value, name]) => ({ value, name: `By ${name.toLowerCase()}` }))}
        onChange={(sort) => set({ sort: sort === "value" ? undefined : sort })}
      />
    </search>
  );
}

const COLUMNS =
  "md:grid-cols-[minmax(0,1.1fr)_132px_132px_84px_minmax(0,1.2fr)] lg:grid-cols-[minmax(0,1fr)_132px_150px_150px_90px_minmax(0,1.2fr)]";

function Rows({ members }: { members: readonly MemberRow[] }) {
  return (
    <>
      <div
        aria-hidden
        className={`hidden gap-x-5 border-border border-b pb-2 text-ink-3 text-s md:grid ${COLUMNS}`}
      >
        <span>Member</span>
        <span className="hidden lg:block">State</span>
        <span>Leaves by choice</span>
        <span>Payment fails</span>
        <span className="text-right">At risk</span>
        <span>Why</span>
      </div>
      <ul>
        {members.map((member) => (
          <Row key={member.id} member={member} />
        ))}
      </ul>
    </>
  );
}

function Row({ member }: { member: MemberRow }) {
  const { risk } = member;
  return (
    <li className="relative -mx-2 [contain-intrinsic-size:auto_66px] [content-visibility:auto] after:absolute after:inset-x-2 after:bottom-0 after:border-border after:border-b">
      <Link
        to="/members/$id"
        params={{ id: member.id }}
        search={{}}
        data-row
        className={`grid gap-x-5 gap-y-2 rounded-box px-2 py-3 text-s -outline-offset-2 hover:bg-sunken/70 md:items-center ${COLUMNS}`}
      >
        <div className="min-w-0">
          <p className="flex items-baseline justify-between gap-3">
            <span className="truncate font-[560] text-[0.9375rem]">{member.name}</span>
            <span className="lg:hidden">
              <StateBadge state={member.state} />
            </span>
          </p>
          <p className="truncate text-ink-2">
            {[member.plan, member.platform && platformName(member.platform), member.country]
              .filter(Boolean)
              .join(" · ") || "no plan"}
            {member.lastActiveMs !== null && (
              <span className="text-ink-3" title={fullWhen(member.lastActiveMs)}>
                {" · "}active {fromNow(member.lastActiveMs, Date.now())}
              </span>
            )}
          </p>
        </div>
        <span className="hidden lg:block">
          <StateBadge state={member.state} />
        </span>
        {risk ? (
          (["voluntary", "involuntary"] as const).map((cause) => (
            <div
              key={cause}
              className="grid grid-cols-[7.5rem_1fr_6.5rem] items-center gap-2 md:grid-cols-1 md:gap-1"
            >
              <span className="text-ink-2 md:sr-only">
                {cause === "voluntary" ? "Leaves by choice" : "Payment fails"}
              </span>
              <ChanceBar cause={cause} chance={risk[cause]} full={FULL} />
              <span className="max-md:text-right">
                <ChanceText chance={risk[cause]} />
              </span>
            </div>
          ))
        ) : (
          <span className="hidden text-ink-3 md:col-span-2 md:block">not scored</span>
        )}
        <span className="hidden text-right font-[560] md:block">
          {member.valueAtRisk ? money(member.valueAtRisk) : "–"}
          <span className="sr-only"> at risk</span>
        </span>
        <p className="line-clamp-2 text-ink-2">
          {member.valueAtRisk && (
            <span className="font-[560] text-ink md:hidden">
              {money(member.valueAtRisk)} at risk ·{" "}
            </span>
          )}
          {member.reasons.map(({ text }) => text).join(" · ")}
        </p>
      </Link>
    </li>
  );
}

function MembersSkeleton() {
  return (
    <div role="status" aria-label="Loading the members">
      {Array.from({ length: 9 }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: bones have no identity
        <div key={i} className="flex items-center gap-6 border-border border-b py-3.5">
          <div className="grid flex-1 gap-2">
            <div className="bone h-4 w-40" />
            <div className="bone h-3 w-56" />
          </div>
          <div className="bone hidden h-3 w-32 md:block" />
          <div className="bone hidden h-3 w-32 md:block" />
          <div className="bone hidden h-3 w-64 lg:block" />
        </div>
      ))}
    </div>
  );
}
