/**
 * One version of a model: how well it predicts and is calibrated, beside simple baselines; its slices,
 * what it looks at, gates and alarms, what it was trained on; and one button that promotes it, after
 * saying what will happen.
 */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ArrowLeft, Check, CircleHelp, TriangleAlert } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import type {
  GateRecord,
  ModelRecord,
  ModelVersion,
  MovePlan,
  OutcomeRecord,
  WrittenEstimate,
} from "../../../src/schema/model.ts";
import { send, sentenceOf } from "../api.ts";
import { Failed } from "../part/state.tsx";
import { tell } from "../part/toast.tsx";
import { useMe } from "../session.ts";
import { Dialog } from "../shell/dialog.tsx";
import { useKeys } from "../shell/keys.ts";
import { grouped } from "../unit.ts";
import { fromNow, fullWhen } from "../when.ts";
import { AliasBadge, Moves } from "./models.tsx";
import { type ModelAnswer, modelQuery } from "./query.ts";
import { Reliability } from "./reliability.tsx";
import { dayIn, share } from "./words.ts";

const route = getRouteApi("/models/$model/$version");

export function ModelPage() {
  const { model, version } = route.useParams();
  const { data, error, refetch } = useQuery(modelQuery(model, version));
  const navigate = route.useNavigate();
  useKeys({ u: () => void navigate({ to: "/models" }) });
  useEffect(() => {
    document.title = `${model} ${version} · Waymark`;
  }, [model, version]);
  return (
    <div className="mx-auto max-w-[1080px] px-4 pt-5 md:px-8 md:pt-8">
      <Link
        to="/models"
        className="target -ml-2 mb-3 inline-flex items-center gap-1.5 rounded-box px-2 py-1 text-ink-2 text-s hover:bg-sunken hover:text-ink"
      >
        <ArrowLeft size={15} aria-hidden /> Models
      </Link>
      {error && !data ? (
        <Failed error={error} retry={() => void refetch()} what="model" />
      ) : data ? (
        <Model version={data} />
      ) : (
        <div className="bone h-96" role="status" aria-label="Loading the model" />
      )}
    </div>
  );
}

function Model({ version }: { version: ModelAnswer }) {
  const { record } = version;
  return (
    <>
      <Head version={version} />
      <div className="mt-7 grid gap-10">
        <Part title="How well it predicts" note={windowNote(record)}>
          <div className="grid gap-6 lg:grid-cols-2">
            {record.outcomes.map((outcome) => (
              <Outcome key={outcome.name} outcome={outcome} />
            ))}
          </div>
        </Part>
        <div className="grid gap-10 lg:grid-cols-2">
          <Part title="Gates" note="what it must pass before it may answer">
            <Gates gates={record.gates} />
          </Part>
          <Part title="What it looks at" note="mean size of each feature's part in a prediction">
            <Importance record={record} />
          </Part>
        </div>
        {record.alarms.length > 0 && (
          <Part title="Leakage alarms" note="features that may know the future">
            <ul className="grid gap-2 text-s">
              {record.alarms.map((alarm) => (
                <li key={`${alarm.kind} ${alarm.feature}`} className="flex gap-2">
                  <TriangleAlert
                    size={16}
                    className="mt-px shrink-0 text-involuntary"
                    aria-hidden
                  />
                  <span>
                    <span className="font-medium">{alarm.feature}</span> {alarm.message}
                  </span>
                </li>
              ))}
            </ul>
          </Part>
        )}
        <Part title="Drift" note={driftNote(version)}>
          <Drift drift={version.drift} />
        </Part>
        <Part title="Slices" note="members told apart: what was predicted, and what came">
          <Slices record={record} />
        </Part>
        <Part title="Where it comes from" note="the same data, code and seed give the same bytes">
          <Lineage version={version} />
          <p className="mt-3 text-s">
            <a
              href={`/api/models/${encodeURIComponent(version.model)}/${version.version}/card.html`}
              target="_blank"
              rel="noreferrer"
              className="underline decoration-border-strong underline-offset-2 hover:decoration-ink"
            >
              The model's card as a page
            </a>
          </p>
          <Moves moves={version.moves} />
        </Part>
      </div>
    </>
  );
}

function Head({ version }: { version: ModelAnswer }) {
  const me = useMe();
  const { aliases, model } = version;
  const isChampion = aliases.includes("champion");
  // The first champion has none before it to go back to.
  const hasEarlier = version.moves.some(({ alias, from }) => alias === "champion" && from !== null);
  return (
    <header className="flex flex-wrap items-start justify-between gap-4">
      <div>
        <h1>
          <span className="inline-block first-letter:uppercase">{model}</span> · version{" "}
          {version.version}
        </h1>
        <p className="mt-2 flex flex-wrap items-center gap-2 text-s">
          {aliases.map((alias) => (
            <AliasBadge key={alias} alias={alias} />
          ))}
          <span className="text-ink-3" title={fullWhen(version.createdMs)}>
            trained {fromNow(version.createdMs, Date.now())}
          </span>
        </p>
      </div>
      {me?.role === "admin" && (!isChampion || hasEarlier) && (
        <Move version={version} isChampion={isChampion} />
      )}
    </header>
  );
}

/** Asks what would happen, shows it, and does it on a second word. */
function Move({ version, isChampion }: { version: ModelVersion; isChampion: boolean }) {
  const [plan, setPlan] = useState<MovePlan>();
  const [isBusy, setBusy] = useState(false);
  const queries = useQueryClient();
  const path = `/api/models/${encodeURIComponent(version.model)}/${isChampion ? "rollback" : "promote"}`;
  const body = isChampion ? {} : { version: version.version };
  const ask = async (isDry: boolean): Promise<void> => {
    setBusy(true);
    try {
      const said = await send<MovePlan>("POST", isDry ? `${path}?dry=true` : path, body);
      if (isDry) setPlan(said);
      else {
        setPlan(undefined);
        tell({ text: said.message });
        await queries.invalidateQueries({ queryKey: ["console"] });
      }
    } catch (cause) {
      tell({ text: sentenceOf(cause), isFault: true });
    }
    setBusy(false);
  };
  return (
    <>
      <button type="button" className="button" disabled={isBusy} onClick={() => void ask(true)}>
        {isChampion ? "Roll back…" : "Promote…"}
      </button>
      <Dialog
        isOpen={plan !== undefined}
        onOpenChange={() => setPlan(undefined)}
        title={isChampion ? "Roll back" : "Promote"}
      >
        {plan && (
          <div className="grid gap-4 px-5 pt-3 pb-5">
            <p className="text-ink-2">{plan.message}</p>
            {plan.gates.length > 0 && <Gates gates={plan.gates} />}
            <div className="flex flex-wrap justify-end gap-2">
              <button type="button" className="button" onClick={() => setPlan(undefined)}>
                Leave it
              </button>
              <button
                type="button"
                className="button button-main"
                disabled={!plan.isAllowed || isBusy}
                onClick={() => void ask(false)}
              >
                {isChampion ? "Roll back" : "Promote"}
              </button>
            </div>
          </div>
        )}
      </Dialog>
    </>
  );
}

function windowNote({ windows }: ModelRecord): string {
  const test = windows.find(({ name }) => name === "test");
  return test
    ? `on ${grouped(test.rows)} rows of ${grouped(test.groups)} members from ${dayIn(test.fromMs)} on, later than anything it learned from`
    : "on rows later than anything it learned from";
}

function Outcome({ outcome }: { outcome: OutcomeRecord }) {
  const { scores, gains } = outcome;
  return (
    <section className="box p-5">
      <h3 className="font-[560]">{outcome.label}</h3>
      <p className="mt-0.5 text-ink-2 text-s">
        came for {share(outcome.rate.value, 1)} ({grouped(outcome.events)} of{" "}
        {grouped(outcome.rows)})
      </p>
      <div className="mt-4 flex flex-wrap gap-6">
        <div>
          <Reliability outcome={outcome} size={210} />
          <p className="text-center text-ink-3 text-s">predicted → observed</p>
        </div>
        <table className="min-w-0 flex-1 self-start text-s [&_td]:py-1 [&_td]:pl-4 [&_td]:text-right [&_th]:py-1">
          <caption className="sr-only">Scores beside the baselines</caption>
          <thead>
            <tr className="text-ink-3 [&_th]:pl-4 [&_th]:text-right [&_th]:font-normal">
              <th scope="col">
                <span className="sr-only">Predictor</span>
              </th>
              <th scope="col">AUC</th>
              <th scope="col">Brier</th>
              <th scope="col">slope</th>
            </tr>
          </thead>
          <tbody>
            {scores.map((one, i) => (
              <tr key={one.predictor} className={i === 0 ? "font-[560]" : "text-ink-2"}>
                <th scope="row" className="text-left font-[inherit]">
                  {one.predictor}
                </th>
                <td>{one.auc ? <Estimate of={one.auc} digits={3} /> : "–"}</td>
                <td title={range(one.brier, 4)}>{one.brier.value.toFixed(4)}</td>
                <td title={one.slope ? range(one.slope, 2) : ""}>{slopeText(one.slope)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {gains.length > 0 && (
        <p className="mt-3 text-ink-2 text-s">
          {gains
            .map(
              ({ over, brier }) =>
                `Brier ${brier.lower > 0 ? "better" : brier.upper < 0 ? "worse" : "not told apart"} ${
                  brier.lower > 0 || brier.upper < 0 ? "than" : "from"
                } ${over} (${range(brier, 4)})`,
            )
            .join("; ")}
          .
        </p>
      )}
    </section>
  );
}

/** Where predictions hardly differ the slope says nothing, however many digits it has. */
function slopeText(slope: WrittenEstimate | null): string {
  return slope === null || slope.upper - slope.lower > WIDEST_SLOPE ? "–" : slope.value.toFixed(2);
}

const WIDEST_SLOPE = 10;

function Estimate({ of, digits }: { of: WrittenEstimate; digits: number }) {
  return (
    <span className="whitespace-nowrap">
      {of.value.toFixed(digits)}
      <span className="ml-1 font-normal text-ink-3">
        {of.lower.toFixed(digits - 1)}–{of.upper.toFixed(digits - 1)}
      </span>
    </span>
  );
}

function range({ lower, upper }: WrittenEstimate, digits: number): string {
  return `${lower.toFixed(digits)} to ${upper.toFixed(digits)}`;
}

const GATE_LOOK = {
  passed: { Sign: Check, colour: "text-good", name: "passed" },
  unsure: { Sign: CircleHelp, colour: "text-ink-2", name: "cannot tell" },
  failed: { Sign: TriangleAlert, colour: "text-involuntary", name: "failed" },
} as const;

function Gates({ gates }: { gates: readonly GateRecord[] }) {
  return (
    <ul className="grid gap-2 text-s">
      {gates.map((gate) => {
        const { Sign, colour, name } = GATE_LOOK[gate.verdict];
        return (
          <li key={gate.name} className="flex gap-2.5">
            <Sign size={16} className={`mt-px shrink-0 ${colour}`} role="img" aria-label={name} />
            <span>
              <span className="font-medium">{gate.name}</span>{" "}
              <span className="text-ink-2">{gate.message}</span>
            </span>
          </li>
        );
      })}
    </ul>
  );
}

const FEATURES_SHOWN = 12;

function Importance({ record }: { record: ModelRecord }) {
  const shown = record.importance.slice(0, FEATURES_SHOWN);
  const most = Math.max(...shown.map(({ value }) => value), 1e-9);
  return (
    <ul className="grid gap-1.5 text-s">
      {shown.map(({ feature, value }) => (
        <li key={feature} className="grid grid-cols-[minmax(0,1fr)_40%] items-center gap-3">
          <span className="truncate" title={feature}>
            {feature}
          </span>
          <span className="h-2 rounded-full bg-sunken">
            <span
              className="block h-2 rounded-full bg-accent/65"
              style={{ width: `${(value / most) * 100}%` }}
            />
          </span>
        </li>
      ))}
    </ul>
  );
}

function Slices({ record }: { record: ModelRecord }) {
  const names = new Map(record.outcomes.map(({ name, label }) => [name, label]));
  if (record.slices.length === 0) {
    return <p className="text-ink-3 text-s">No slice has enough members.</p>;
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: keys must reach what scrolls
    <section className="overflow-x-auto" aria-label="Slices" tabIndex={0}>
      <table className="w-full min-w-[640px] text-s [&_td]:border-border [&_td]:border-t [&_td]:py-2 [&_td]:pr-4 [&_th]:py-2 [&_th]:pr-4">
        <caption className="sr-only">Slices</caption>
        <thead>
          <tr className="text-left text-ink-3 [&_th]:font-normal">
            <th scope="col">Members</th>
            <th scope="col">What</th>
            <th scope="col">Rows</th>
            <th scope="col">Predicted</th>
            <th scope="col">Came</th>
            <th scope="col">AUC</th>
          </tr>
        </thead>
        <tbody>
          {record.slices.map((slice) => {
            const { predicted, observed } = slice;
            const isOff = predicted < observed.lower || predicted > observed.upper;
            return (
              <tr key={`${slice.outcome} ${slice.by} ${slice.value}`}>
                <td>
                  {slice.by}: {slice.value}
                </td>
                <td className="text-ink-2">{names.get(slice.outcome) ?? slice.outcome}</td>
                <td>{grouped(slice.rows)}</td>
                <td>{share(predicted, 1)}</td>
                <td className={isOff ? "text-involuntary" : ""}>
                  {isOff && <TriangleAlert size={13} className="mr-1 inline" aria-label="off:" />}
                  {share(observed.value, 1)}{" "}
                  <span className="text-ink-3">
                    {(observed.lower * 100).toFixed(1)}–{(observed.upper * 100).toFixed(1)}
                  </span>
                </td>
                <td>{slice.auc ? <Estimate of={slice.auc} digits={3} /> : "–"}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

function driftNote({ drift }: ModelAnswer): string {
  return drift
    ? `features of the ${grouped(drift.members)} members that it scored ${fromNow(drift.atMs, Date.now())}, against those it learned from`
    : "features of the members that it scores, against those it learned from";
}

const DRIFT_SHOWN = 8;

/** What has moved first; then how far the others are from what chance gives. */
function Drift({ drift }: { drift: ModelAnswer["drift"] }) {
  if (drift === null) {
    return <p className="text-ink-3 text-s">This version has not scored anybody lately.</p>;
  }
  const moved = drift.features.filter(({ hasDrifted }) => hasDrifted);
  const shown = [...drift.features].sort((a, b) => b.psi - a.psi).slice(0, DRIFT_SHOWN);
  const most = Math.max(...shown.map(({ psi, chance }) => Math.max(psi, chance)), 0.1);
  return (
    <>
      <p className="mb-3 flex items-center gap-2 text-s">
        {moved.length === 0 ? (
          <Check size={16} className="text-good" aria-hidden />
        ) : (
          <TriangleAlert size={16} className="text-involuntary" aria-hidden />
        )}
        {moved.length === 0
          ? `None of ${drift.features.length} features has moved more than chance moves it.`
          : `${moved.length} of ${drift.features.length} features have moved.`}
      </p>
      <ul className="grid gap-2 text-s">
        {shown.map(({ feature, psi, chance, hasDrifted, missingThen, missingNow }) => (
          <li
            key={feature}
            className="grid grid-cols-[minmax(0,1fr)_30%_4.5rem] items-center gap-3 sm:grid-cols-[minmax(0,1fr)_40%_13rem]"
          >
            <span className="truncate" title={feature}>
              {feature}
            </span>
            <span className="relative block h-2 rounded-full bg-sunken" aria-hidden>
              <span
                className="block h-2 rounded-full"
                style={{
                  width: `${(psi / most) * 100}%`,
                  background: hasDrifted ? "var(--involuntary)" : "var(--accent)",
                  opacity: hasDrifted ? 1 : 0.6,
                }}
              />
              <span
                className="absolute -inset-y-1 w-px bg-ink-2"
                style={{ left: `${(chance / most) * 100}%` }}
              />
            </span>
            <span className="text-ink-2">
              PSI {psi.toFixed(2)}
              <span className="hidden text-ink-3 sm:inline">
                {" "}
                chance {chance.toFixed(2)}
                {Math.abs(missingNow - missingThen) > 0.05 &&
                  ` · missing ${share(missingThen)} → ${share(missingNow)}`}
              </span>
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}

function Lineage({ version }: { version: ModelVersion }) {
  const { record } = version;
  const facts: readonly (readonly [string, string])[] = [
    [
      "Data",
      `${grouped(record.data.rows)} rows of ${grouped(record.data.groups)} members, ${dayIn(record.data.fromMs)} to ${dayIn(record.data.toMs)}`,
    ],
    ["Data's hash", record.data.content],
    ["Features", `${grouped(record.data.features.length)}, set ${record.data.featureSet}`],
    ["Code", record.code],
    ["Seed", String(record.seed)],
    [
      "Parameters",
      Object.entries(record.parameters)
        .map(([name, value]) => `${name} ${value}`)
        .join(", "),
    ],
    ["Calibration", record.calibration.map(({ of, method }) => `${of}: ${method}`).join(", ")],
    [
      "Compared with",
      record.parents.length === 0 ? "no version before it" : `version ${record.parents.join(", ")}`,
    ],
    ["Artifact", version.sha256],
  ];
  return (
    <dl className="grid gap-x-6 gap-y-1.5 text-s sm:grid-cols-[9rem_1fr]">
      {facts.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-ink-3">{name}</dt>
          <dd className="break-all">{value}</dd>
        </div>
      ))}
    </dl>
  );
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
