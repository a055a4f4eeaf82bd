/** Personal access tokens: for other programs, with no more rights than they need, shown once. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { CreatedToken, Me, Scope, Token } from "../../../src/schema/account.ts";
import { ask, send, sentenceOf } from "../api.ts";
import { CopyLine } from "../part/copy.tsx";
import { Field, FormFault } from "../part/field.tsx";
import { Section } from "../part/section.tsx";
import { tell } from "../part/toast.tsx";
import { Dialog } from "../shell/dialog.tsx";
import { fromNow } from "../when.ts";

const SCOPE_WORDS: Readonly<Record<Scope, string>> = {
  "activity:read": "Read activities that everyone sees",
  "activity:read_all": "Read all my activities, also those that only I see",
  "activity:write": "Upload, change and delete activities",
  "profile:read": "Read my profile",
  admin: "Administer members and settings",
};

const LIVES = [
  ["30", "30 days"],
  ["90", "90 days"],
  ["365", "a year"],
  ["", "until it is revoked"],
] as const;

export function Tokens({ me }: { me: Me }) {
  const { data, error, refetch } = useQuery({
    queryKey: ["tokens"],
    queryFn: ({ signal }) => ask<{ tokens: Token[] }>("/api/tokens", signal),
  });
  const [isMaking, setMaking] = useState(false);
  const queries = useQueryClient();
  const revoke = async ({ id, name }: Token): Promise<void> => {
    try {
      await send("DELETE", `/api/tokens/${id}`);
      tell({ text: `The token “${name}” works no more.` });
    } catch (cause) {
      tell({ text: sentenceOf(cause), isFault: true });
    }
    void queries.invalidateQueries({ queryKey: ["tokens"] });
  };
  return (
    <Section
      id="tokens"
      title="Access tokens"
      note="For other programs: Strava and OSRM clients, scripts, the command line."
    >
      {error ? (
        <p role="alert" className="text-fault text-s">
          {sentenceOf(error)}{" "}
          <button type="button" className="underline" onClick={() => void refetch()}>
            Try again
          </button>
        </p>
      ) : !data ? (
        <div className="bone h-12" role="status" aria-label="Loading the tokens" />
      ) : data.tokens.length === 0 ? (
        <p className="text-ink-2 text-s">No program has a token of yours.</p>
      ) : (
        <ul className="box divide-y divide-border">
          {data.tokens.map((token) => (
            <li
              key={token.id}
              className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3 text-s"
            >
              <div className="min-w-0 flex-1 basis-60">
                <p className="truncate font-medium">{token.name}</p>
                <p className="text-ink-2">{token.scopes.join(" · ")}</p>
                <p className="text-ink-3">
                  {token.usedMs === null
                    ? "Never used"
                    : `Used ${fromNow(token.usedMs, Date.now())}`}
                  {" · "}
                  {token.expiresMs === null
                    ? "does not expire"
                    : `${token.expiresMs < Date.now() ? "expired" : "expires"} ${fromNow(token.expiresMs, Date.now())}`}
                </p>
              </div>
              <button
                type="button"
                className="button button-fault"
                aria-label={`Revoke ${token.name}`}
                onClick={() => void revoke(token)}
              >
                Revoke
              </button>
            </li>
          ))}
        </ul>
      )}
      <div>
        <button type="button" className="button" onClick={() => setMaking(true)}>
          New token…
        </button>
      </div>
      <Dialog isOpen={isMaking} onOpenChange={setMaking} title="New access token">
        <NewToken isAdmin={me.role === "admin"} close={() => setMaking(false)} />
      </Dialog>
    </Section>
  );
}

function NewToken({ isAdmin, close }: { isAdmin: boolean; close: () => void }) {
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<readonly Scope[]>(["activity:read"]);
  const [days, setDays] = useState<string>("90");
  const [fault, setFault] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [made, setMade] = useState<CreatedToken>();
  if (made) {
    return (
      <div className="grid gap-4 px-5 pt-3 pb-5">
        <p className="text-ink-2">
          This is the token. It is shown now and never again: put it where it is needed.
        </p>
        <CopyLine name="Token" text={made.token} />
        <div className="flex justify-end">
          <button type="button" className="button button-main" onClick={close}>
            Done
          </button>
        </div>
      </div>
    );
  }
  const offered = (Object.keys(SCOPE_WORDS) as Scope[]).filter(
    (scope) => isAdmin || scope !== "admin",
  );
  const submit = async (): Promise<void> => {
    if (!name.trim()) return setFault("A name tells you later which program has it.");
    if (scopes.length === 0)
      return setFault("A token that may do nothing is of no use: choose one.");
    setBusy(true);
    setFault("");
    try {
      const body = { name: name.trim(), scopes, ...(days ? { days: Number(days) } : {}) };
      setMade(await send<CreatedToken>("POST", "/api/tokens", body));
      void queries.invalidateQueries({ queryKey: ["tokens"] });
    } catch (error) {
      setFault(sentenceOf(error));
    }
    setBusy(false);
  };
  return (
    <form
      noValidate
      className="grid gap-5 px-5 pt-3 pb-5"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isBusy) void submit();
      }}
    >
      <Field
        name="Name"
        value={name}
        onChange={(event) => setName(event.target.value)}
        placeholder="Which program is it for?"
        autoComplete="off"
        maxLength={100}
      />
      <fieldset className="grid gap-1">
        <legend className="mb-1.5 font-medium text-s">It may</legend>
        {offered.map((scope) => (
          <label key={scope} className="target flex items-center gap-3 py-1 text-s">
            <input
              type="checkbox"
              className="size-4 shrink-0 accent-accent"
              checked={scopes.includes(scope)}
              onChange={(event) =>
                setScopes(
                  event.target.checked
                    ? [...scopes, scope]
                    : scopes.filter((other) => other !== scope),
                )
              }
            />
            <span>
              {SCOPE_WORDS[scope]} <span className="text-ink-3">{scope}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <label className="grid gap-1.5 text-s">
        <span className="font-medium">It works for</span>
        <select
          className="input chooser"
          value={days}
          onChange={(event) => setDays(event.target.value)}
        >
          {LIVES.map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </select>
      </label>
      <FormFault>{fault}</FormFault>
      <div className="flex justify-end gap-2">
        <button type="button" className="button" onClick={close}>
          Cancel
        </button>
        <button type="submit" className="button button-main" disabled={isBusy}>
          {isBusy ? "Making it…" : "Make the token"}
        </button>
      </div>
    </form>
  );
}
