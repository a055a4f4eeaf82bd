/** What administrators do: invitations, accounts of others, settings. Nobody's recordings are here. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { WaymarkError } from "../../base/error.ts";
import {
  createdInvitationSchema,
  type InvitationAnswer,
  invitationsSchema,
  newInvitationSchema,
  newUserSchema,
  rowParamsSchema,
  settingsChangeSchema,
  settingsSchema,
  type User,
  userChangeSchema,
  userSchema,
  usersSchema,
} from "../../schema/account.ts";
import { errorSchema } from "../../schema/activity.ts";
import type { Athlete } from "../../store/athletes.ts";
import type { Invitation } from "../../store/invitations.ts";
import type { Context } from "../app.ts";
import { type Access, type Caller, callerOf } from "../auth/access.ts";
import { hashPassword } from "../auth/password.ts";
import { hashSecret, newSecret } from "../auth/secret.ts";
import { parse } from "../error-answer.ts";
import { documented } from "../openapi.ts";
import { signupOf } from "./session.ts";

const ADMIN: Access = { scopes: ["admin"], role: "admin" };
const DAY_MS = 86_400_000;

export function adminRoutes(http: FastifyInstance, { store, now }: Context): void {
  const { athletes, invitations, settings, audit, sessions } = store;
  const note = (athleteId: number, action: string, subject: string, detail = {}): Promise<void> =>
    audit.add({ atMs: now(), athleteId, action, subject, detail });

  http.get("/api/invitations", documented(invitationsDocument, ADMIN), async (_request, reply) => {
    reply.header("cache-control", "no-store");
    return { invitations: (await invitations.list()).map(toInvitation) };
  });

  http.post("/api/invitations", documented(inviteDocument, ADMIN), async (request, reply) => {
    const { email, role, days } = parse(newInvitationSchema, request.body ?? {}, "the body");
    const { athlete } = callerOf(request);
    const code = newSecret();
    const expiresMs = now() + days * DAY_MS;
    const hash = hashSecret(code);
    const createdBy = athlete.id;
    const row = await invitations.create(
      { hash, email: email ?? null, role, createdBy, expiresMs },
      now(),
    );
    await note(athlete.id, "invitation.create", `invitation ${row.id}`, { role });
    reply.header("cache-control", "no-store");
    const path = `/sign-up?invitation=${code}`;
    return reply.code(201).send({ ...toInvitation(row), code, path });
  });

  http.delete(
    "/api/invitations/:id",
    documented(uninviteDocument, ADMIN),
    async (request, reply) => {
      const id = Number(parse(rowParamsSchema, request.params, "the address").id);
      await invitations.remove(id);
      await note(callerOf(request).athlete.id, "invitation.delete", `invitation ${id}`);
      return reply.code(204).send();
    },
  );

  http.get("/api/users", documented(usersDocument, ADMIN), async (_request, reply) => {
    reply.header("cache-control", "no-store");
    return { users: (await athletes.list()).map(toUser) };
  });

  http.post("/api/users", documented(createUserDocument, ADMIN), async (request, reply) => {
    const { password, ...rest } = parse(newUserSchema, request.body, "the body");
    const { athlete } = requireLocal(request);
    const passwordHash = await hashPassword(password);
    const user = await athletes.create({ ...rest, passwordHash }, now());
    await note(athlete.id, "account.create", `account ${user.id}`, { role: user.role });
    return reply.code(201).send(toUser(user));
  });

  http.patch("/api/users/:id", documented(changeUserDocument, ADMIN), async (request) => {
    const id = Number(parse(rowParamsSchema, request.params, "the address").id);
    const { role, disabled, password } = parse(userChangeSchema, request.body, "the body");
    const { athlete } = password === undefined ? callerOf(request) : requireLocal(request);
    const user = await athletes.get(id);
    if (id === athlete.id && (role !== undefined || disabled !== undefined)) {
      throw new WaymarkError("FORBIDDEN", "your own role and access are for another to change");
    }
    const disabledMs =
      disabled === undefined ? undefined : disabled ? (user.disabledMs ?? now()) : null;
    const changed = await athletes.update(id, {
      ...(role === undefined ? {} : { role }),
      ...(disabledMs === undefined ? {} : { disabledMs }),
      ...(password === undefined ? {} : { passwordHash: await hashPassword(password) }),
    });
    if (disabled || password !== undefined) await sessions.removeAll(id);
    await note(athlete.id, "account.change", `account ${id}`, {
      role,
      disabled,
      password: password === undefined ? undefined : "set anew",
    });
    return toUser(changed);
  });

  http.get("/api/settings", documented(settingsDocument, ADMIN), async (_request, reply) => {
    reply.header("cache-control", "no-store");
    return { signup: await signupOf(store) };
  });

  http.patch("/api/settings", documented(changeSettingsDocument, ADMIN), async (request) => {
    const { signup } = parse(settingsChangeSchema, request.body, "the body");
    if (signup !== undefined) {
      await settings.set("signup", signup, now());
      await note(callerOf(request).athlete.id, "setting.change", "signup", { signup });
    }
    return { signup: await signupOf(store) };
  });
}

/** For whoever runs the server, not for whoever administers it from afar: passwords of others, backups. */
export function requireLocal(request: FastifyRequest, what = "waymark user"): Caller {
  const caller = callerOf(request);
  if (caller.via === "local") return caller;
  throw new WaymarkError("FORBIDDEN", `only '${what}' on the server's own machine may do this`);
}

function toInvitation(row: Invitation): InvitationAnswer {
  const { id, email, role, createdMs, expiresMs, acceptedMs, acceptedBy } = row;
  const account = acceptedBy === null ? null : String(acceptedBy);
  return { id: String(id), email, role, createdMs, expiresMs, acceptedMs, acceptedBy: account };
}

export function toUser({ id, name, email, role, createdMs, disabledMs }: Athlete): User {
  return { id: String(id), name, email, role, createdMs, disabledMs };
}

const tags = ["Administration"];
const refusals = { 400: errorSchema, 401: errorSchema, 403: errorSchema };
const invitationsDocument = {
  tags,
  summary: "Invitations, newest first",
  response: { 200: invitationsSchema, ...refusals },
};
const inviteDocument = {
  tags,
  summary: "Makes an invitation, and answers its code this once",
  body: newInvitationSchema,
  response: { 201: createdInvitationSchema, ...refusals },
};
const uninviteDocument = {
  tags,
  summary: "Takes an invitation back",
  params: rowParamsSchema,
  response: { 204: z.null(), ...refusals, 404: errorSchema },
};
const usersDocument = {
  tags,
  summary: "Every account",
  response: { 200: usersSchema, ...refusals },
};
const createUserDocument = {
  tags,
  summary: "Opens an account; for 'waymark user add' on this machine",
  body: newUserSchema,
  response: { 201: userSchema, ...refusals, 409: errorSchema },
};
const changeUserDocument = {
  tags,
  summary: "Changes an account's role, or keeps it out and lets it in",
  params: rowParamsSchema,
  body: userChangeSchema,
  response: { 200: userSchema, ...refusals, 404: errorSchema },
};
const settingsDocument = {
  tags,
  summary: "What an administrator may set",
  response: { 200: settingsSchema, ...refusals },
};
const changeSettingsDocument = {
  ...settingsDocument,
  summary: "Sets it",
  body: settingsChangeSchema,
};
