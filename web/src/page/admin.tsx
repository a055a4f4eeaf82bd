/** Who has an account, who was invited, and who may open one. For administrators. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect, useState } from "react";
import type {
  CreatedInvitation,
  InvitationAnswer,
  RoleName,
  Signup,
  User,
} from "../../../src/schema/account.ts";
import { ask, send, sentenceOf } from "../api.ts";
import { CopyLine } from "../part/copy.tsx";
import { Choices, Field, FormFault } from "../part/field.tsx";
import { Section } from "../part/section.tsx";
import { Failed } from "../part/state.tsx";
import { tell } from "../part/toast.tsx";
import { useMe } from "../session.ts";
import { Dialog } from "../shell/dialog.tsx";
import { fromNow, fullWhen } from "../when.ts";

const ROLES: readonly (readonly [RoleName, string])[] = [
  ["athlete", "Athlete"],
  ["growth", "Growth"],
  ["admin", "Admin"],
];

export function AdminPage() {
  const me = useMe();
  useEffect(() => {
    document.title = "Accounts · Waymark";
  }, []);
  if (!me) return null;
  return (
    <div className="mx-auto max-w-[980px] px-4 pt-6 md:px-8 md:pt-9">
      <h1 className="mb-6">Accounts</h1>
      {me.role === "admin" ? (
        <>
          <Accounts ownId={me.id} />
          <Invitations />
          <SignUp />
        </>
      ) : (
        <p className="text-ink-2">Only administrators see the accounts.</p>
      )}
    </div>
  );
}

function Accounts({ ownId }: { ownId: string }) {
  const { data, error, refetch } = useQuery({
    queryKey: ["users"],
    queryFn: ({ signal }) => ask<{ users: User[] }>("/api/users", signal),
  });
  const queries = useQueryClient();
  const [isBusy, setBusy] = useState(false);
  const change = async (user: User, body: object, done: string): Promise<void> => {
    setBusy(true);
    try {
      await send("PATCH", `/api/users/${user.id}`, body);
      tell({ text: done });
    } catch (cause) {
      tell({ text: sentenceOf(cause), isFault: true });
    }
    await queries.invalidateQueries({ queryKey: ["users"] });
    setBusy(false);
  };
  if (error) return <Failed error={error} retry={() => void refetch()} what="list of accounts" />;
  if (!data) return <div className="bone h-40" role="status" aria-label="Loading the accounts" />;
  return (
    <div className="overflow-x-auto">
      <table className="w-full text-s [&_td:first-child]:pl-0 [&_td:last-child]:pr-0 [&_td]:border-border [&_td]:border-t [&_td]:px-2 [&_td]:py-3 [&_th:first-child]:pl-0 [&_th]:px-2 [&_th]:py-2">
        <caption className="sr-only">Accounts</caption>
        <thead>
          <tr className="text-left text-ink-3 [&_th]:font-normal">
            <th scope="col">Name</th>
            <th scope="col" className="hidden sm:table-cell">
              Since
            </th>
            <th scope="col">Role</th>
            <th scope="col">
              <span className="sr-only">Access</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {data.users.map((user) => {
            const isOwn = user.id === ownId;
            const isOff = user.disabledMs !== null;
            return (
              <tr key={user.id}>
                <td className="max-w-40 sm:max-w-none">
                  <p className={`truncate font-medium ${isOff ? "text-ink-3 line-through" : ""}`}>
                    {user.name}
                    {isOwn && <span className="ml-2 font-normal text-ink-3">you</span>}
                  </p>
                  <p className="truncate text-ink-2">{user.email ?? "on this machine only"}</p>
                </td>
                <td className="hidden whitespace-nowrap text-ink-2 sm:table-cell">
                  <time title={fullWhen(user.createdMs)}>
                    {fromNow(user.createdMs, Date.now())}
                  </time>
                </td>
                <td>
                  <select
                    aria-label={`Role of ${user.name}`}
                    className="button chooser"
                    value={user.role}
                    disabled={isOwn || isBusy}
                    onChange={(event) =>
                      void change(
                        user,
                        { role: event.target.value },
                        `${user.name} is now ${event.target.value}.`,
                      )
                    }
                  >
                    {ROLES.map(([value, name]) => (
                      <option key={value} value={value}>
                        {name}
                      </option>
                    ))}
                  </select>
                </td>
                <td className="text-right">
                  {!isOwn && (
                    <button
                      type="button"
                      className="button"
                      disabled={isBusy}
                      onClick={() =>
                        void change(
                          user,
                          { disabled: !isOff },
                          isOff
                            ? `${user.name} may sign in again.`
                            : `${user.name} is signed out and may not sign in.`,
                        )
                      }
                    >
                      {isOff ? "Let in again" : "Lock out"}
                      <span className="sr-only"> {user.name}</span>
                    </button>
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function Invitations() {
  const { data } = useQuery({
    queryKey: ["invitations"],
    queryFn: ({ signal }) => ask<{ invitations: InvitationAnswer[] }>("/api/invitations", signal),
  });
  const queries = useQueryClient();
  const [isMaking, setMaking] = useState(false);
  const open = data?.invitations.filter(({ acceptedMs }) => acceptedMs === null) ?? [];
  const withdraw = async ({ id }: InvitationAnswer): Promise<void> => {
    try {
      await send("DELETE", `/api/invitations/${id}`);
    } catch (cause) {
      tell({ text: sentenceOf(cause), isFault: true });
    }
    void queries.invalidateQueries({ queryKey: ["invitations"] });
  };
  return (
    <div className="mt-8 border-border border-t pt-8">
      <Section
        id="invitations"
        title="Invitations"
        note="A link that opens one account. It is shown when it is made and never again."
      >
        {open.length > 0 && (
          <ul className="box divide-y divide-border">
            {open.map((invitation) => (
              <li
                key={invitation.id}
                className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3 text-s"
              >
                <div className="min-w-0 flex-1">
                  <p className="truncate font-medium">
                    {invitation.email ?? "Whoever has the link"}
                  </p>
                  <p className="text-ink-2">
                    {roleName(invitation.role)} ·{" "}
                    {invitation.expiresMs < Date.now() ? "expired" : "expires"}{" "}
                    {fromNow(invitation.expiresMs, Date.now())}
                  </p>
                </div>
                <button
                  type="button"
                  className="button button-fault"
                  aria-label={`Withdraw the invitation of ${invitation.email ?? "whoever has the link"}`}
                  onClick={() => void withdraw(invitation)}
                >
                  Withdraw
                </button>
              </li>
            ))}
          </ul>
        )}
        {data && open.length === 0 && <p className="text-ink-2 text-s">No invitation is open.</p>}
        <div>
          <button type="button" className="button button-main" onClick={() => setMaking(true)}>
            Invite…
          </button>
        </div>
        <Dialog isOpen={isMaking} onOpenChange={setMaking} title="Invite a member">
          <NewInvitation close={() => setMaking(false)} />
        </Dialog>
      </Section>
    </div>
  );
}

function roleName(role: RoleName): string {
  return ROLES.find(([value]) => value === role)![1];
}

function NewInvitation({ close }: { close: () => void }) {
  const queries = useQueryClient();
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<RoleName>("athlete");
  const [days, setDays] = useState("7");
  const [fault, setFault] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [made, setMade] = useState<CreatedInvitation>();
  const body = (children: ReactNode) => <div className="grid gap-4 px-5 pt-3 pb-5">{children}</div>;
  if (made) {
    return body(
      <>
        <p className="text-ink-2">
          Send this link{made.email ? ` to ${made.email}` : ""}. It opens one account and is not
          shown again.
        </p>
        <CopyLine name="Link of the invitation" text={`${location.origin}${made.path}`} />
        <div className="flex justify-end">
          <button type="button" className="button button-main" onClick={close}>
            Done
          </button>
        </div>
      </>,
    );
  }
  const submit = async (): Promise<void> => {
    setBusy(true);
    setFault("");
    try {
      const answer = await send<CreatedInvitation>("POST", "/api/invitations", {
        role,
        days: Number(days),
        ...(email.trim() ? { email: email.trim() } : {}),
      });
      setMade(answer);
      void queries.invalidateQueries({ queryKey: ["invitations"] });
    } catch (error) {
      setFault(sentenceOf(error));
    }
    setBusy(false);
  };
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (!isBusy) void submit();
      }}
    >
      {body(
        <>
          <Field
            name="Email, if it is for one person"
            type="email"
            value={email}
            onChange={(event) => setEmail(event.target.value)}
            autoComplete="off"
            hint="Then only this address can open the account. Without one, whoever has the link can."
          />
          <div className="grid grid-cols-2 gap-4 text-s">
            <label className="grid gap-1.5">
              <span className="font-medium">Role</span>
              <select
                className="input chooser"
                value={role}
                onChange={(event) => setRole(event.target.value as RoleName)}
              >
                {ROLES.map(([value, name]) => (
                  <option key={value} value={value}>
                    {name}
                  </option>
                ))}
              </select>
            </label>
            <label className="grid gap-1.5">
              <span className="font-medium">Good for</span>
              <select
                className="input chooser"
                value={days}
                onChange={(event) => setDays(event.target.value)}
              >
                {[1, 7, 30, 90].map((n) => (
                  <option key={n} value={n}>
                    {n === 1 ? "a day" : `${n} days`}
                  </option>
                ))}
              </select>
            </label>
          </div>
          <FormFault>{fault}</FormFault>
          <div className="flex justify-end gap-2">
            <button type="button" className="button" onClick={close}>
              Cancel
            </button>
            <button type="submit" className="button button-main" disabled={isBusy}>
              {isBusy ? "Making it…" : "Make the link"}
            </button>
          </div>
        </>,
      )}
    </form>
  );
}

function SignUp() {
  const { data } = useQuery({
    queryKey: ["settings"],
    queryFn: ({ signal }) => ask<{ signup: Signup }>("/api/settings", signal),
  });
  const queries = useQueryClient();
  if (!data) return null;
  return (
    <div className="border-border border-t pt-8">
      <Section id="sign-up" title="Who may open an account">
        <Choices<Signup>
          legend="Who may open an account"
          isLegendHidden
          value={data.signup}
          choices={[
            { value: "invitation", name: "Who was invited", note: "By a link that you make here." },
            { value: "open", name: "Everybody", note: "Whoever reaches this server." },
            { value: "closed", name: "Nobody", note: "Open invitations do not work either." },
          ]}
          onChange={(signup) => {
            send("PATCH", "/api/settings", { signup })
              .catch((cause: unknown) => tell({ text: sentenceOf(cause), isFault: true }))
              .finally(() => {
                void queries.invalidateQueries({ queryKey: ["settings"] });
                void queries.invalidateQueries({ queryKey: ["session"] });
              });
          }}
        />
      </Section>
    </div>
  );
}
