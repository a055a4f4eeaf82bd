/**
 * One member: where the membership stands, the chances with their reasons, what may come of it, and one
 * timeline of everything that happened.
 */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ArrowLeft } from "lucide-react";
import { useEffect } from "react";
import type { MemberDetail } from "../../../src/schema/console/member.ts";
import { Failed } from "../part/state.tsx";
import { useKeys } from "../shell/keys.ts";
import { dayName, fromNow, fullWhen, shortDay } from "../when.ts";
import { ChanceBar, ChanceText } from "./chance.tsx";
import { MemberTimeline } from "./member-timeline.tsx";
import { memberQuery } from "./query.ts";
import { Reasons } from "./reasons.tsx";
import { StateBadge } from "./state-badge.tsx";
import { SurvivalCurve } from "./survival-curve.tsx";
import { WeekBars } from "./week-bars.tsx";
import { money, platformName } from "./words.ts";

const route = getRouteApi("/members/$id");

export function MemberPage() {
  const { id } = route.useParams();
  const { data, error, refetch } = useQuery(memberQuery(id));
  const navigate = route.useNavigate();
  useKeys({ u: () => void navigate({ to: "/members", search: {} }) });
  useEffect(() => {
    document.title = `${data?.name ?? "Member"} · Waymark`;
  }, [data?.name]);
  return (
    <div className="mx-auto max-w-[1080px] px-4 pt-5 md:px-8 md:pt-8">
      <Link
        to="/members"
        search={{}}
        className="target -ml-2 mb-3 inline-flex items-center gap-1.5 rounded-box px-2 py-1 text-ink-2 text-s hover:bg-sunken hover:text-ink"
      >
        <ArrowLeft size={15} aria-hidden /> Members
      </Link>
      {error && !data ? (
        <Failed error={error} retry={() => void refetch()} what="member" />
      ) : data ? (
        <Member member={data} />
      ) : (
        <MemberSkeleton />
      )}
    </div>
  );
}

function Member({ member }: { member: MemberDetail }) {
  return (
    <>
      <Head member={member} />
      <div className="mt-6 grid gap-6 lg:grid-cols-[minmax(0,1.15fr)_minmax(0,1fr)]">
        <section aria-labelledby="risk" className="box grid content-start gap-5 p-5">
          <Risk member={member} />
        </section>
        <section aria-labelledby="ahead" className="box grid content-start gap-5 p-5">
          <Ahead member={member} />
        </section>
      </div>
      <MemberTimeline id={member.id} />
    </>
  );
}

function Head({ member }: { member: MemberDetail }) {
  const { subscription, stateMs, paidSinceMs } = member;
  const price = subscription?.price && subscription.interval;
  const facts = [
    member.plan,
    price && subscription.price && `${money(subscription.price)} a ${subscription.interval}`,
    member.platform && platformName(member.platform),
    member.country,
  ].filter(Boolean);
  return (
    <header>
      <div className="flex flex-wrap items-baseline gap-x-4 gap-y-1">
        <h1>{member.name}</h1>
        <StateBadge state={member.state} />
        {stateMs !== null && (
          <span className="text-ink-3 text-s" title={fullWhen(stateMs)}>
            since {fromNow(stateMs, Date.now())}
          </span>
        )}
      </div>
      <p className="mt-1 text-ink-2 text-s">
        {facts.join(" · ")}
        {paidSinceMs !== null && (
          <span title={fullWhen(paidSinceMs)}>
            {facts.length > 0 && " · "}subscriber since {fromNow(paidSinceMs, Date.now())}
          </span>
        )}
        {subscription?.periodEndMs != null && (
          <span title={fullWhen(subscription.periodEndMs)}>
            {" · "}
            {isOwing(member.state) ? "billing period until" : "paid until"}{" "}
            {shortDay(dayName(subscription.periodEndMs), Date.now())} (
            {fromNow(subscription.periodEndMs, Date.now())})
          </span>
        )}
      </p>
      <p className="mt-1 flex flex-wrap gap-x-3 break-all text-ink-3 text-s">
        {member.email && <span>{member.email}</span>}
        {member.identities.map(({ kind, value }) => (
          <span key={`${kind} ${value}`}>
            {kind.replaceAll("_", " ")} {value}
          </span>
        ))}
      </p>
    </header>
  );
}

/** Processors begin a period before it is paid for. */
function isOwing(state: MemberDetail["state"]): boolean {
  return state === "grace" || state === "hold";
}

/** A bar of the page is full at this chance. */
const FULL = 0.6;

function Risk({ member }: { member: MemberDetail }) {
  const { risk, valueAtRisk, model } = member;
  return (
    <>
      <div className="flex flex-wrap items-baseline justify-between gap-2">
        <h2 id="risk">30-day risk</h2>
        {model && risk && (
          <p className="text-ink-3 text-s" title={fullWhen(risk.scoredMs)}>
            {model.fallback ? `without the model: ${model.fallback}` : `version ${model.version}`},{" "}
            {fromNow(risk.scoredMs, Date.now())}
          </p>
        )}
      </div>
      {risk ? (
        <>
          <dl className="grid gap-3">
            {(["voluntary", "involuntary"] as const).map((cause) => (
              <div key={cause} className="grid grid-cols-[8.5rem_1fr_7rem] items-center gap-3">
                <dt className="text-ink-2 text-s">
                  {cause === "voluntary" ? "Leaves by choice" : "Payment fails"}
                </dt>
                <dd className="contents">
                  <ChanceBar cause={cause} chance={risk[cause]} full={FULL} />
                  <ChanceText chance={risk[cause]} />
                </dd>
              </div>
            ))}
          </dl>
          {risk.voluntary.low !== null && (
            <p className="-mt-2 text-ink-3 text-s">
              in brackets: how many left of those who were told about as much when the version was
              measured, 95&#x202f;%
            </p>
          )}
          {valueAtRisk && (
            <p className="text-s">
              <span className="font-[560] text-m">{money(valueAtRisk)}</span>{" "}
              <span className="text-ink-2">
                at risk: what the membership is expected to pay still, times the chance to lose it
              </span>
            </p>
          )}
          <Reasons reasons={member.allReasons} />
        </>
      ) : (
        <p className="text-ink-2 text-s">
          Only those who pay, and have not said that they leave, are scored.
        </p>
      )}
    </>
  );
}

function Ahead({ member }: { member: MemberDetail }) {
  return (
    <>
      <div>
        <h2 id="ahead">Still a subscriber</h2>
        <p className="mt-0.5 text-ink-3 text-s">chance by day from the score on</p>
      </div>
      {member.survival.length > 1 ? (
        <SurvivalCurve survival={member.survival} />
      ) : (
        <p className="text-ink-2 text-s">No curve: the member is not scored.</p>
      )}
      <div>
        <h3 className="font-[560]">Active days a week</h3>
        <p className="mb-2 text-ink-3 text-s">last 52 weeks</p>
        <WeekBars weeks={member.weeks} />
      </div>
    </>
  );
}

function MemberSkeleton() {
  return (
    <div role="status" aria-label="Loading the member">
      <div className="bone h-8 w-56" />
      <div className="bone mt-3 h-4 w-80" />
      <div className="mt-7 grid gap-6 lg:grid-cols-2">
        <div className="bone h-72" />
        <div className="bone h-72" />
      </div>
      <div className="bone mt-8 h-96" />
    </div>
  );
}
