/**
 * Whether members stay: subscribers, active members, churn by cause and revenue with how they went, then
 * the curves behind them, for all or for a segment, and for another beside it.
 */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { type ReactNode, useEffect } from "react";
import type { RetentionAnswer, RetentionReport } from "../../../src/schema/retention.ts";
import { Chooser } from "../part/chooser.tsx";
import { Failed } from "../part/state.tsx";
import { grouped } from "../unit.ts";
import { fromNow } from "../when.ts";
import { SEGMENT_KINDS, type SegmentKind } from "./address.ts";
import { NothingBuilt } from "./empty.tsx";
import { retentionQuery } from "./query.ts";
import { CohortCurves, ShareByMonth, StateTable } from "./retention-cohort.tsx";
import { Figures } from "./retention-figures.tsx";
import { Movements } from "./retention-movements.tsx";
import { SpellEnds } from "./retention-survival.tsx";
import { dayIn, platformName } from "./words.ts";

const route = getRouteApi("/retention");

export function RetentionPage() {
  const address = route.useSearch();
  const { data, error, refetch } = useQuery(retentionQuery(address));
  useEffect(() => {
    document.title = "Retention · Waymark";
  }, []);
  return (
    <div className="mx-auto max-w-[1180px] px-4 pt-6 md:px-8 md:pt-9">
      <header className="mb-4">
        <h1>Retention</h1>
        <p className="mt-1 min-h-[1.125rem] text-ink-2 text-s" aria-live="polite">
          {data && <Summary answer={data} />}
        </p>
      </header>
      {data?.choices && <Filters answer={data} />}
      {error && !data ? (
        <Failed error={error} retry={() => void refetch()} what="figures" />
      ) : !data ? (
        <RetentionSkeleton />
      ) : data.report === null ? (
        <Without status={data.status} fewest={data.choices?.fewest} />
      ) : (
        <Report answer={data} report={data.report} />
      )}
    </div>
  );
}

function Summary({ answer: { report, built } }: { answer: RetentionAnswer }) {
  if (report === null || built === null) return null;
  return (
    <>
      {grouped(report.members)} members, {dayIn(report.days.fromMs)} to{" "}
      {dayIn(report.days.toMs - 1)}
      <span className="text-ink-3"> · computed {fromNow(built.atMs, Date.now())}</span>
    </>
  );
}

const NAMES: Readonly<Record<SegmentKind, { readonly name: string; readonly none: string }>> = {
  plan: { name: "Plan", none: "All plans" },
  interval: { name: "Paid by", none: "Any interval" },
  platform: { name: "Platform", none: "All platforms" },
  cohort: { name: "Joined in", none: "Joined any month" },
};

function nameOf(kind: SegmentKind, value: string): string {
  if (kind === "platform") return platformName(value);
  if (kind === "interval") return `By the ${value}`;
  return value;
}

function Filters({ answer }: { answer: RetentionAnswer }) {
  const address = route.useSearch();
  const navigate = route.useNavigate();
  const { choices } = answer;
  if (choices === null) return null;
  const of = {
    plan: choices.plans,
    interval: choices.intervals,
    platform: choices.platforms,
    cohort: choices.cohorts,
  };
  const set = (change: Partial<typeof address>): void =>
    void navigate({
      search: (search) => ({ ...search, ...change }),
      replace: true,
      resetScroll: false,
    });
  const others = SEGMENT_KINDS.flatMap((kind) =>
    of[kind]
      .filter(({ members }) => members >= choices.fewest)
      .map(({ value }) => ({ value: `${kind}:${value}`, name: `with ${nameOf(kind, value)}` })),
  );
  return (
    <search className="mb-6 flex w-full flex-wrap gap-2">
      {SEGMENT_KINDS.map((kind) => (
        <Chooser
          key={kind}
          {...NAMES[kind]}
          value={address[kind]}
          choices={of[kind].map(({ value, members }) => ({
            value,
            name: `${nameOf(kind, value)} (${grouped(members)})`,
          }))}
          onChange={(value) => set({ [kind]: value })}
        />
      ))}
      <Chooser
        name="Compare"
        none="Compare…"
        value={address.compare}
        choices={[{ value: "all", name: "with everybody" }, ...others]}
        onChange={(compare) => set({ compare })}
      />
    </search>
  );
}

function Without({ status, fewest }: { status: string; fewest: number | undefined }) {
  if (status === "few") {
    return (
      <NothingBuilt title="Too few members">
        <p>
          A segment has figures from {fewest ?? 20} members on: fewer say nothing, or say who it is.
        </p>
      </NothingBuilt>
    );
  }
  return (
    <NothingBuilt title="No figures yet">
      <p>
        They are computed from billing and usage events: at the first that arrive, and again as more
        come.
      </p>
    </NothingBuilt>
  );
}

function Report({ answer, report }: { answer: RetentionAnswer; report: RetentionReport }) {
  const other = answer.compared?.report ?? undefined;
  const otherName = useOtherName();
  const beside = other && { report: other, name: otherName };
  return (
    <>
      {answer.compared && answer.compared.report === null && (
        <p className="mb-4 text-ink-2 text-s">
          Nothing stands beside it: {otherName} has too few members for figures.
        </p>
      )}
      <Figures report={report} beside={beside} />
      <div className="mt-8 grid gap-x-8 gap-y-10 lg:grid-cols-2">
        <Part
          title="Still subscribed, by cohort"
          note="share still in their first paid spell, by the month it began (Kaplan–Meier)"
        >
          <CohortCurves report={report} />
        </Part>
        <Part
          title="How first spells end"
          note="by choice or for want of payment, with 95 % bands (Aalen–Johansen)"
        >
          <SpellEnds report={report} beside={beside} />
        </Part>
        <Part title="What moved revenue" note="monthly recurring revenue, month by month">
          <Movements report={report} />
        </Part>
        <Part
          title="Involuntary share"
          note="of the spells that ended, those that ended for want of payment"
        >
          <ShareByMonth
            name="Involuntary share"
            colour="var(--involuntary)"
            whole={report.involuntary.share}
            months={report.involuntary.byMonth}
          />
        </Part>
        <Part
          title="Recovered"
          note="failed payments that were paid within 30 days, by the month they failed"
        >
          <ShareByMonth
            name="Recovered share"
            colour="var(--good)"
            whole={report.recovery.share}
            months={report.recovery.byMonth}
          />
        </Part>
        <Part title="Trials that became paid" note="by the month in which the trial began">
          <ShareByMonth
            name="Trial conversion"
            colour="var(--accent)"
            whole={report.conversion.trialToPaid.share}
            months={report.conversion.trialToPaid.byCohort}
          />
        </Part>
        <Part title="Activated" note="new members who used the app as intended within 7 days">
          <ShareByMonth
            name="Activation"
            colour="var(--accent)"
            whole={report.activation.share}
            months={report.activation.byCohort}
          />
        </Part>
        <Part title="Where members stand" note={`at the end of ${dayIn(report.days.toMs - 1)}`}>
          <StateTable report={report} />
        </Part>
      </div>
    </>
  );
}

function useOtherName(): string {
  const { compare } = route.useSearch();
  if (compare === undefined || compare === "all") return "everybody";
  const [kind, ...rest] = compare.split(":");
  return nameOf(kind as SegmentKind, rest.join(":"));
}

function Part(props: { title: string; note: string; children: ReactNode }) {
  return (
    <section className="min-w-0">
      <h2>{props.title}</h2>
      <p className="mt-0.5 mb-3 text-ink-3 text-s">{props.note}</p>
      {props.children}
    </section>
  );
}

function RetentionSkeleton() {
  return (
    <div role="status" aria-label="Loading the figures">
      <div className="grid grid-cols-2 gap-4 lg:grid-cols-4">
        {Array.from({ length: 4 }, (_, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: bones have no identity
          <div key={i} className="bone h-32" />
        ))}
      </div>
      <div className="mt-8 grid gap-8 lg:grid-cols-2">
        <div className="bone h-72" />
        <div className="bone h-72" />
      </div>
    </div>
  );
}
