/**
 * What belongs to an account: who one is to the others, how numbers and new activities are shown, the
 * password, tokens for other programs, and the two ways out: everything as one archive, and deletion.
 */
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Download } from "lucide-react";
import { useEffect, useState } from "react";
import type { Me } from "../../../src/schema/account.ts";
import { PASSWORD_LENGTH } from "../../../src/schema/limit.ts";
import { send, sentenceOf } from "../api.ts";
import { ConfirmTyped } from "../part/confirm.tsx";
import { Choices, Field, FormFault } from "../part/field.tsx";
import { Section } from "../part/section.tsx";
import { tell } from "../part/toast.tsx";
import { type Theme, useTheme } from "../preference.ts";
import { endSession, updateMe, useMe } from "../session.ts";
import { uploadQueue } from "../upload/queue.ts";
import { Tokens } from "./tokens.tsx";

const SECTIONS = [
  ["profile", "Profile"],
  ["look", "Units and look"],
  ["privacy", "Privacy"],
  ["password", "Password"],
  ["tokens", "Access tokens"],
  ["data", "Your data"],
] as const;

export function SettingsPage() {
  const me = useMe();
  useEffect(() => {
    document.title = "Settings · Waymark";
  }, []);
  if (!me) return null;
  return (
    <div className="mx-auto max-w-[980px] px-4 pt-6 md:px-8 md:pt-9">
      <h1 className="mb-6">Settings</h1>
      <div className="grid gap-x-12 lg:grid-cols-[160px_minmax(0,1fr)]">
        <nav aria-label="Parts of the settings" className="hidden lg:block">
          <ul className="-ml-3 sticky top-9 grid gap-0.5">
            {SECTIONS.map(([id, name]) => (
              <li key={id}>
                <a
                  href={`#${id}`}
                  className="block rounded-box px-3 py-1.5 text-ink-2 text-s hover:bg-sunken hover:text-ink"
                >
                  {name}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <div className="grid max-w-2xl">
          <Profile key={me.id} me={me} />
          <Look me={me} />
          <Privacy me={me} />
          <Password me={me} />
          <Tokens me={me} />
          <Data me={me} />
        </div>
      </div>
    </div>
  );
}

/** Sends a change of the account and puts the answer where every page reads it. */
function useChangeMe() {
  const queries = useQueryClient();
  return async (change: object): Promise<void> => {
    updateMe(queries, await send<Me>("PATCH", "/api/me", change));
    // The athlete's name stands beside every activity.
    if ("name" in change) void queries.invalidateQueries({ queryKey: ["activities"] });
  };
}

function Profile({ me }: { me: Me }) {
  const change = useChangeMe();
  const [name, setName] = useState(me.name);
  const [email, setEmail] = useState(me.email ?? "");
  const [password, setPassword] = useState("");
  const [fault, setFault] = useState("");
  const [isBusy, setBusy] = useState(false);
  const isEmailNew = email.trim() !== (me.email ?? "") && email.trim() !== "";
  const isChanged = isEmailNew || (name.trim() !== me.name && name.trim() !== "");
  return (
    <Section
      id="profile"
      title="Profile"
      note="Your name stands beside the activities that you show."
    >
      <form
        noValidate
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (!isChanged || isBusy) return;
          setBusy(true);
          setFault("");
          change({
            ...(name.trim() === me.name ? {} : { name: name.trim() }),
            ...(isEmailNew ? { email: email.trim() } : {}),
            ...(isEmailNew && me.hasPassword ? { currentPassword: password } : {}),
          })
            .then(() => {
              setPassword("");
              tell({ text: "Your profile is saved." });
            })
            .catch((error: unknown) => setFault(sentenceOf(error)))
            .finally(() => setBusy(false));
        }}
      >
        <Field
          name="Name"
          value={name}
          onChange={(event) => setName(event.target.value)}
          autoComplete="name"
          maxLength={100}
          fault={name.trim() ? undefined : "A name is needed."}
        />
        <Field
          name="Email"
          type="email"
          value={email}
          onChange={(event) => setEmail(event.target.value)}
          autoComplete="email"
          hint={
            me.email ? undefined : "With an email and a password you can sign in from anywhere."
          }
        />
        {isEmailNew && me.hasPassword && (
          <Field
            name="Your password, to change the email"
            type="password"
            value={password}
            onChange={(event) => setPassword(event.target.value)}
            autoComplete="current-password"
          />
        )}
        <FormFault>{fault}</FormFault>
        <div>
          <button type="submit" className="button button-main" disabled={!isChanged || isBusy}>
            {isBusy ? "Saving…" : "Save"}
          </button>
        </div>
      </form>
    </Section>
  );
}

function Look({ me }: { me: Me }) {
  const change = useChangeMe();
  const { theme, setTheme } = useTheme();
  return (
    <Section id="look" title="Units and look">
      <div className="grid gap-6 sm:grid-cols-2">
        <Choices
          legend="Units"
          value={me.units}
          choices={[
            { value: "metric", name: "Metric", note: "kilometres, metres" },
            { value: "imperial", name: "Imperial", note: "miles, feet" },
          ]}
          onChange={(units) => {
            change({ units }).catch((error: unknown) =>
              tell({ text: sentenceOf(error), isFault: true }),
            );
          }}
        />
        <Choices<Theme>
          legend="Theme, on this machine"
          value={theme}
          choices={[
            { value: "system", name: "As the system" },
            { value: "light", name: "Light" },
            { value: "dark", name: "Dark" },
          ]}
          onChange={setTheme}
        />
      </div>
    </Section>
  );
}

function Privacy({ me }: { me: Me }) {
  const change = useChangeMe();
  return (
    <Section
      id="privacy"
      title="Privacy"
      note="Who sees a new activity, where nothing else is said. Each activity can be changed by itself, and its ends can be hidden."
    >
      <Choices
        legend="New activities are seen by"
        isLegendHidden
        value={me.visibility}
        choices={[
          { value: "only_me", name: "Only me", note: "Nobody else finds or opens them." },
          { value: "everyone", name: "Everyone", note: "All members of this server." },
        ]}
        onChange={(visibility) => {
          change({ visibility }).catch((error: unknown) =>
            tell({ text: sentenceOf(error), isFault: true }),
          );
        }}
      />
    </Section>
  );
}

function Password({ me }: { me: Me }) {
  const change = useChangeMe();
  const [current, setCurrent] = useState("");
  const [password, setPassword] = useState("");
  const [fault, setFault] = useState("");
  const [isBusy, setBusy] = useState(false);
  const isShort = password.length > 0 && password.length < PASSWORD_LENGTH.least;
  return (
    <Section
      id="password"
      title="Password"
      note={
        me.hasPassword
          ? "A new password signs you out everywhere else."
          : "You have none yet: you signed in by the link that the server printed."
      }
    >
      <form
        noValidate
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (isBusy) return;
          if (password.length < PASSWORD_LENGTH.least) {
            setFault(`A password has at least ${PASSWORD_LENGTH.least} characters.`);
            return;
          }
          setBusy(true);
          setFault("");
          change({ password, ...(me.hasPassword ? { currentPassword: current } : {}) })
            .then(() => {
              setCurrent("");
              setPassword("");
              tell({ text: "Your password is changed. Other sessions have ended." });
            })
            .catch((error: unknown) => setFault(sentenceOf(error)))
            .finally(() => setBusy(false));
        }}
      >
        <input type="hidden" autoComplete="username" value={me.email ?? ""} readOnly />
        {me.hasPassword && (
          <Field
            name="Current password"
            type="password"
            value={current}
            onChange={(event) => setCurrent(event.target.value)}
            autoComplete="current-password"
          />
        )}
        <Field
          name="New password"
          type="password"
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          autoComplete="new-password"
          hint={`At least ${PASSWORD_LENGTH.least} characters; a sentence is a good one.`}
          fault={
            isShort
              ? `${PASSWORD_LENGTH.least - password.length} more characters are needed.`
              : undefined
          }
        />
        <FormFault>{fault}</FormFault>
        <div>
          <button type="submit" className="button" disabled={isBusy || password === ""}>
            {isBusy ? "Changing…" : me.hasPassword ? "Change the password" : "Set the password"}
          </button>
        </div>
      </form>
    </Section>
  );
}

function Data({ me }: { me: Me }) {
  const [isAsking, setAsking] = useState(false);
  const queries = useQueryClient();
  const navigate = useNavigate();
  return (
    <Section id="data" title="Your data">
      <div className="flex flex-wrap items-center justify-between gap-4">
        <p className="max-w-md text-ink-2 text-s">
          <b className="block font-medium text-ink">Take everything out</b>
          One archive with every original file, each activity as GPX and JSON, and your account.
        </p>
        <a className="button" href="/api/export" download>
          <Download size={15} aria-hidden /> Export everything
        </a>
      </div>
      <div className="flex flex-wrap items-center justify-between gap-4">
        <p className="max-w-md text-ink-2 text-s">
          <b className="block font-medium text-ink">Delete the account</b>
          Every file, line and number of yours, at once and for good.
        </p>
        <button type="button" className="button button-fault" onClick={() => setAsking(true)}>
          Delete the account…
        </button>
      </div>
      <ConfirmTyped
        isOpen={isAsking}
        onOpenChange={setAsking}
        title="Delete the account?"
        word={me.email ?? me.name}
        hasPassword={me.hasPassword}
        action="Delete everything"
        run={async (password) => {
          await send("DELETE", "/api/me", me.hasPassword ? { password } : {});
          uploadQueue.forget();
          endSession(queries);
          tell({ text: "Your account and everything in it are deleted." });
          void navigate({ to: "/sign-in", search: {}, replace: true });
        }}
      >
        <p>
          The original files, the activities, their lines and numbers, tokens and sessions are
          deleted. Nobody can bring them back.
        </p>
        <p>An export beforehand is the only copy that stays.</p>
      </ConfirmTyped>
    </Section>
  );
}
