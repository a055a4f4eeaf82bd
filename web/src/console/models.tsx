/** Every model: its champion and challenger, how well each is calibrated, how old it is, and its versions. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ChevronRight, TriangleAlert } from "lucide-react";
import { useEffect } from "react";
import type { ModelMove } from "../../../src/schema/model.ts";
import { Failed } from "../part/state.tsx";
import { fromNow, fullWhen } from "../when.ts";
import { NothingBuilt } from "./empty.tsx";
import { type ModelSummary, modelsQuery } from "./query.ts";
import { Reliability } from "./reliability.tsx";

export function ModelsPage() {
  const { data, error, refetch } = useQuery(modelsQuery);
  useEffect(() => {
    document.title = "Models · Waymark";
  }, []);
  return (
    <div className="mx-auto max-w-[1080px] px-4 pt-6 md:px-8 md:pt-9">
      <header className="mb-6">
        <h1>Models</h1>
        <p className="mt-1 text-ink-2 text-s">
          A champion answers; a challenger stands beside it; nothing is promoted but through its
          gates.
        </p>
      </header>
      {error && !data ? (
        <Failed error={error} retry={() => void refetch()} what="list of models" />
      ) : !data ? (
        <div className="bone h-72" role="status" aria-label="Loading the models" />
      ) : data.models.length === 0 ? (
        <NothingBuilt title="No model yet">
          <p>
            The churn model is trained when there is enough to learn from: some months of
            subscriptions and some that ended.
          </p>
          <p className="text-s">
            <code>waymark train churn</code> trains it now.
          </p>
        </NothingBuilt>
      ) : (
        [...new Set(data.models.map(({ model }) => model))].map((model) => (
          <section key={model} aria-label={model} className="mb-10">
            <h2 className="mb-3 first-letter:uppercase">{model}</h2>
            <ul className="box divide-y divide-border">
              {data.models
                .filter((version) => version.model === model)
                .map((version) => (
                  <Version key={version.version} version={version} />
                ))}
            </ul>
          </section>
        ))
      )}
    </div>
  );
}

function Version({ version }: { version: ModelSummary }) {
  const { model, gates, outcomes, aliases } = version;
  const failed = gates.filter(({ verdict }) => verdict === "failed");
  return (
    <li>
      <Link
        to="/models/$model/$version"
        params={{ model, version: String(version.version) }}
        className="grid items-center gap-x-5 gap-y-2 px-4 py-3.5 text-s -outline-offset-2 hover:bg-sunken/70 sm:grid-cols-[9rem_minmax(0,1fr)_auto_1.25rem]"
      >
        <div>
          <p className="font-[560] text-m">Version {version.version}</p>
          <p className="text-ink-3" title={fullWhen(version.createdMs)}>
            {fromNow(version.createdMs, Date.now())}
          </p>
        </div>
        <div className="min-w-0">
          <p className="flex flex-wrap gap-2">
            {aliases.map((alias) => (
              <AliasBadge key={alias} alias={alias} />
            ))}
            {aliases.length === 0 && <span className="text-ink-3">kept, answers nothing</span>}
          </p>
          <p className="mt-1 text-ink-2">
            {failed.length === 0 ? (
              "every gate passed"
            ) : (
              <span className="inline-flex items-center gap-1.5 text-involuntary">
                <TriangleAlert size={14} aria-hidden />
                held back: {failed.map(({ name }) => name).join(", ")}
              </span>
            )}
          </p>
        </div>
        <div className="flex gap-4">
          {outcomes.slice(0, 2).map((outcome) => (
            <Reliability key={outcome.name} outcome={outcome} size={64} />
          ))}
        </div>
        <ChevronRight size={18} className="hidden text-ink-3 sm:block" aria-hidden />
      </Link>
    </li>
  );
}

export function AliasBadge({ alias }: { alias: string }) {
  const isChampion = alias === "champion";
  return (
    <span
      className={`rounded-full border px-2 py-0.5 text-s ${
        isChampion ? "border-accent bg-accent-soft text-accent" : "border-border text-ink-2"
      }`}
    >
      {alias}
    </span>
  );
}

export function Moves({ moves }: { moves: readonly ModelMove[] }) {
  if (moves.length === 0) return null;
  return (
    <details className="mt-3 text-s">
      <summary className="target inline-flex items-center text-ink-2">
        History: {moves.length} {moves.length === 1 ? "move" : "moves"}
      </summary>
      <ul className="mt-2 grid gap-1.5">
        {moves.map((move) => (
          <li key={`${move.alias} ${move.atMs}`} className="flex flex-wrap gap-x-3">
            <time className="text-ink-3" title={fullWhen(move.atMs)}>
              {fromNow(move.atMs, Date.now())}
            </time>
            <span>
              {move.alias}: {move.from === null ? "none" : `version ${move.from}`} →{" "}
              {move.to === null ? "none" : `version ${move.to}`}
            </span>
            <span className="text-ink-2">
              {move.reason}
              {move.by && `, ${move.by}`}
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}
