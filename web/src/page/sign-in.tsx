/** Signing in by email and password. The form keeps its words whatever happens. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link, useRouter } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import type { Me } from "../../../src/schema/account.ts";
import { send, sentenceOf } from "../api.ts";
import { Field, FormFault } from "../part/field.tsx";
import { beginSession, sessionQuery } from "../session.ts";
import { Door } from "./door.tsx";

const route = getRouteApi("/sign-in");

export function SignInPage() {
  const { next, link } = route.useSearch();
  const { data: session } = useQuery(sessionQuery);
  const queries = useQueryClient();
  const router = useRouter();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [fault, setFault] = useState("");
  const [isBusy, setBusy] = useState(false);
  useEffect(() => {
    document.title = "Sign in · Waymark";
  }, []);

  const submit = async (): Promise<void> => {
    if (!email.trim() || !password) {
      setFault("Both an email and a password are needed.");
      return;
    }
    setBusy(true);
    setFault("");
    try {
      const me = await send<Me>("POST", "/api/session", { email: email.trim(), password });
      beginSession(queries, me);
      router.history.replace(next ?? "/activities");
    } catch (error) {
      setFault(sentenceOf(error));
      setBusy(false);
    }
  };
  return (
    <Door title="Sign in">
      {link === "spent" && (
        <p className="mb-5 rounded-box bg-warn-soft px-3 py-2.5 text-s text-warn">
          That link was used already or is too old. The server prints a new one each time it starts.
        </p>
      )}
      <form
        noValidate
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (!isBusy) void submit();
        }}
      >
        <Field
          name="Email"
          type="email"
          value={email}
          onChange={(event) => setEmail(event.target.value)}
          autoComplete="username"
          autoFocus
        />
        <Field
          name="Password"
          type="password"
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          autoComplete="current-password"
        />
        <FormFault>{fault}</FormFault>
        <button type="submit" className="button button-main !min-h-11" disabled={isBusy}>
          {isBusy ? "Signing in…" : "Sign in"}
        </button>
      </form>
      <div className="mt-6 grid gap-2 text-ink-2 text-s">
        {session?.signup === "open" && (
          <p>
            New here?{" "}
            <Link to="/sign-up" search={{}} className="font-medium text-accent underline">
              Open an account
            </Link>
          </p>
        )}
        {session?.signup === "invitation" && (
          <p>New here? Ask whoever runs this server for an invitation.</p>
        )}
        {session?.isLocal && (
          <p>
            This server runs on your own machine: the link that it printed when it started signs you
            in without a password.
          </p>
        )}
      </div>
    </Door>
  );
}
