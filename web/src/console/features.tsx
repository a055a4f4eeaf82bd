/**
 * The features that models are given: what each is, whose, how fresh, how it is distributed, and whether
 * what was served agrees with what is computed later.
 */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Check, TriangleAlert } from "lucide-react";
import { useEffect } from "react";
import type { FeatureHealth, FeatureList } from "../../../src/schema/console/feature.ts";
import { SearchField } from "../part/search-field.tsx";
import { Failed } from "../part/state.tsx";
import { grouped } from "../unit.ts";
import { fromNow } from "../when.ts";
import { NothingFound } from "./empty.tsx";
import { featuresQuery } from "./query.ts";
import { share } from "./words.ts";

const route = getRouteApi("/features");

export function FeaturesPage() {
  const { q } = route.useSearch();
  const navigate = route.useNavigate();
  const { data, error, refetch } = useQuery(featuresQuery);
  useEffect(() => {
    document.title = "Features · Waymark";
  }, []);
  const words = (q ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  const shown = data?.features.filter((feature) => {
    const text =
      `${feature.name} ${feature.label} ${feature.source} ${feature.owner} ${feature.window}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  return (
    <div className="mx-auto max-w-[1180px] px-4 pt-6 md:px-8 md:pt-9">
      <header className="mb-4">
        <h1>Features</h1>
        <p className="mt-1 min-h-[1.125rem] text-ink-2 text-s" aria-live="polite">
          {data && <Summary list={data} />}
        </p>
      </header>
      {data && <Replay list={data} />}
      <search className="mb-5 flex">
        <SearchField
          name="Search features"
          placeholder="Name, source or owner"
          value={q}
          onChange={(value) => void navigate({ search: { q: value }, replace: true })}
        />
      </search>
      {error && !data ? (
        <Failed error={error} retry={() => void refetch()} what="list of features" />
      ) : !shown ? (
        <div className="bone h-96" role="status" aria-label="Loading the features" />
      ) : shown.length === 0 ? (
        <NothingFound what="feature" showAll={() => void navigate({ search: {} })} />
      ) : (
        groupsOf(shown).map(([group, features]) => (
          <section key={group} aria-label={group} className="mb-8">
            <h2 className="border-border border-b pb-2 first-letter:uppercase">{group}</h2>
            <ul>
              {features.map((feature) => (
                <Feature key={feature.name} feature={feature} />
              ))}
            </ul>
          </section>
        ))
      )}
    </div>
  );
}

/** By what they tell of a member, in the order of their definitions. */
function groupsOf(features: readonly FeatureHealth[]): [string, FeatureHealth[]][] {
  const groups = new Map<string, FeatureHealth[]>();
  for (const feature of features) {
    const group = groups.get(feature.privacy);
    if (group) group.push(feature);
    else groups.set(feature.privacy, [feature]);
  }
  return [...groups];
}

function Summary({ list }: { list: FeatureList }) {
  const { features, members, builtMs, lag } = list;
  return (
    <>
      {grouped(features.length)} features of each member
      <span className="text-ink-3">
        {members !== null && builtMs !== null && (
          <>
            {" · "}counted over {grouped(members)} members {fromNow(builtMs, Date.now())}
          </>
        )}
        {" · "}
        {lag.events === 0 ? "up to date" : `${grouped(lag.events)} events behind`}
      </span>
    </>
  );
}

/** The one question of the page: does what was served agree? */
function Replay({ list }: { list: FeatureList }) {
  const { replay } = list;
  const isRight = replay !== null && replay.mismatches === 0;
  return (
    <div
      className={`mb-5 flex items-start gap-3 rounded-box border px-4 py-3 text-s ${
        replay && !isRight ? "border-fault/40 bg-fault-soft text-fault" : "border-border bg-surface"
      }`}
    >
      {isRight ? (
        <Check size={18} className="mt-px shrink-0 text-good" aria-hidden />
      ) : (
        <TriangleAlert size={18} className="mt-px shrink-0" aria-hidden />
      )}
      <p>
        {replay === null
          ? "What is served has not been compared with a recomputation yet: nothing was served, or the comparison has not run."
          : isRight
            ? `All ${grouped(replay.rows)} served rows that were compared agree with a recomputation from the log.`
            : `${grouped(replay.mismatches)} served values do not agree with a recomputation from the log, of ${grouped(replay.rows)} rows.`}
        {replay && (
          <span className="text-ink-3"> Compared {fromNow(replay.builtMs, Date.now())}.</span>
        )}
      </p>
    </div>
  );
}

function Feature({ feature }: { feature: FeatureHealth }) {
  const { replay } = feature;
  return (
    <li className="grid gap-x-6 gap-y-2 border-border border-b py-3.5 text-s md:grid-cols-[minmax(0,1.5fr)_minmax(0,1fr)_150px]">
      <div className="min-w-0">
        <p className="font-[560] text-[0.9375rem]">{feature.label}</p>
        <p className="break-words font-mono text-[0.75rem] text-ink-2">{feature.name}</p>
        <p className="mt-1 text-ink-2">{feature.description}</p>
      </div>
      <dl className="grid grid-cols-[auto_1fr] content-start gap-x-3 gap-y-0.5 text-ink-2 [&_dt]:text-ink-3">
        <dt>From</dt>
        <dd>
          {feature.source}, {feature.window}
        </dd>
        <dt>Owner</dt>
        <dd>{feature.owner}</dd>
        <dt>Fresh</dt>
        <dd>{feature.freshness}</dd>
        {replay && replay.mismatches > 0 && (
          <>
            <dt>Replay</dt>
            <dd className="text-fault">
              {grouped(replay.mismatches)} of {grouped(replay.compared)} differ
            </dd>
          </>
        )}
      </dl>
      <div>
        <Distribution feature={feature} />
        <p className="mt-1 flex flex-wrap justify-between gap-x-3 text-ink-3">
          <span>
            {feature.nullShare === null
              ? "not counted"
              : feature.nullShare === 0
                ? "none missing"
                : `${share(feature.nullShare)} missing`}
          </span>
          {feature.mean !== null && <span>mean {short(feature.mean)}</span>}
        </p>
      </div>
    </li>
  );
}

/** Bars of the shares, without axes: what shape it has. */
function Distribution({ feature: { histogram, categories, label } }: { feature: FeatureHealth }) {
  const bars = histogram
    ? histogram.shares.map((value, i) => ({
        value,
        // Unlike its words it is not rounded: two narrow bars may read alike.
        id: `${histogram.edges[i]} ${histogram.edges[i + 1]}`,
        name: `${short(histogram.edges[i]!)} to ${short(histogram.edges[i + 1]!)}`,
      }))
    : categories.map(({ value, share: part }) => ({
        value: part,
        id: value,
        name: value || "none",
      }));
  if (bars.length === 0) return <div className="h-10 rounded bg-sunken" aria-hidden />;
  const most = Math.max(...bars.map(({ value }) => value), 1e-9);
  return (
    <div
      role="img"
      aria-label={`Distribution of ${label}: ${bars.map(({ name, value }) => `${name} ${share(value)}`).join(", ")}`}
      className="flex h-10 items-end gap-px border-border border-b"
    >
      {bars.map(({ id, name, value }) => (
        <span
          key={id}
          title={`${name}: ${share(value, 1)}`}
          className="min-w-0 flex-1 rounded-t-[2px] bg-accent/60"
          style={{ height: `${Math.max((value / most) * 100, value > 0 ? 3 : 0)}%` }}
        />
      ))}
    </div>
  );
}

function short(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  return Math.abs(value) >= 1000
    ? grouped(Math.round(value))
    : String(Number(value.toPrecision(3)));
}
