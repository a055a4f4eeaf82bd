/** Opening an account: for everybody where sign-up is open, else by the link of an invitation. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import type { Me } from "../../../src/schema/account.ts";
import { PASSWORD_LENGTH } from "../../../src/schema/limit.ts";
import { ApiError, send, sentenceOf } from "../api.ts";
import { Field, FormFault } from "../part/field.tsx";
import { beginSession, sessionQuery } from "../session.ts";
import { Door } from "./door.tsx";

const route = getRouteApi("/sign-up");

interface Faults {
  readonly name?: string;
  readonly email?: string;
  readonly password?: string;
  readonly form?: string;
}

export function SignUpPage() {
  const { invitation } = route.useSearch();
  const { data: session } = useQuery(sessionQuery);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [faults, setFaults] = useState<Faults>({});
  const [isBusy, setBusy] = useState(false);
  useEffect(() => {
    document.title = "Open an account · Waymark";
  }, []);

  const submit = async (): Promise<void> => {
    const found = faultsOf(name, email, password);
    setFaults(found);
    if (Object.keys(found).length > 0) return;
    setBusy(true);
    try {
      const me = await send<Me>("POST", "/api/account", {
        name: name.trim(),
        email: email.trim(),
        password,
        ...(invitation ? { invitation } : {}),
      });
      beginSession(queries, me);
      void navigate({ to: "/activities", search: {}, replace: true });
    } catch (error) {
      const words = sentenceOf(error);
      const isTaken = error instanceof ApiError && error.code === "EMAIL_TAKEN";
      setFaults(isTaken ? { email: words } : { form: words });
      setBusy(false);
    }
  };
  const isClosed =
    session !== undefined &&
    (session.signup === "closed" || (session.signup === "invitation" && !invitation));
  if (isClosed) {
    return (
      <Door title="By invitation">
        <p className="mb-5 text-ink-2">
          {session.signup === "closed"
            ? "This server takes no new members."
            : "An account is opened by the link of an invitation. Ask whoever runs this server for one."}
        </p>
        <Link to="/sign-in" search={{}} className="button">
          To the sign-in
        </Link>
      </Door>
    );
  }
  return (
    <Door title="Open an account">
      <form
        noValidate
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (!isBusy) void submit();
        }}
      >
        <Field
          name="Name"
          value={name}
          onChange={(event) => setName(event.target.value)}
          autoComplete="name"
          hint="As others see it beside your activities."
          fault={faults.name}
          autoFocus
        />
        <Field
          name="Email"
          type="email"
          value={email}
          onChange={(event) => setEmail(event.target.value)}
          autoComplete="username"
          fault={faults.email}
        />
        <Field
          name="Password"
          type="password"
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          autoComplete="new-password"
          hint={`At least ${PASSWORD_LENGTH.least} characters; a sentence is a good one.`}
          fault={faults.password}
        />
        <FormFault>{faults.form}</FormFault>
        <button type="submit" className="button button-main !min-h-11" disabled={isBusy}>
          {isBusy ? "Opening…" : "Open the account"}
        </button>
      </form>
      <p className="mt-6 text-ink-2 text-s">
        You have one?{" "}
        <Link to="/sign-in" search={{}} className="font-medium text-accent underline">
          Sign in
        </Link>
      </p>
    </Door>
  );
}

function faultsOf(name: string, email: string, password: string): Faults {
  return {
    ...(name.trim() ? {} : { name: "A name is needed." }),
    ...(/^\S+@\S+\.\S+$/.test(email.trim())
      ? {}
      : { email: "An email looks like name@example.org." }),
    ...(password.length >= PASSWORD_LENGTH.least
      ? {}
      : {
          password: password
            ? `At least ${PASSWORD_LENGTH.least} characters; these are ${password.length}.`
            : "A password is needed.",
        }),
  };
}
