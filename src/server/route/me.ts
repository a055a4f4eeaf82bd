/** `/api/me`: the account of whoever asks: read, changed, and deleted with everything that it owns. */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { WaymarkError } from "../../base/error.ts";
import { type Me, meChangeSchema, meDeletionSchema, meSchema } from "../../schema/account.ts";
import { errorSchema } from "../../schema/activity.ts";
import type { Athlete } from "../../store/athletes.ts";
import type { Context } from "../app.ts";
import { callerOf } from "../auth/access.ts";
import { signInDefaults } from "../auth/attempts.ts";
import { hashPassword, isPassword } from "../auth/password.ts";
import { parse } from "../error-answer.ts";
import { documented } from "../openapi.ts";

export function meRoutes(http: FastifyInstance, context: Context): void {
  const { store, sessions, attempts, now } = context;

  const checkPassword = async (athlete: Athlete, password: string | undefined): Promise<void> => {
    if (athlete.passwordHash === null) return;
    if (password === undefined) {
      throw new WaymarkError("SIGN_IN_FAILED", "the current password is needed for this");
    }
    const key = `again ${athlete.id}`;
    attempts.take(key, signInDefaults.pair, now());
    if (!(await isPassword(password, athlete.passwordHash))) {
      throw new WaymarkError("SIGN_IN_FAILED", "the current password is another");
    }
    attempts.forget(key);
  };

  http.get(
    "/api/me",
    documented(meDocument, { scopes: ["profile:read"] }),
    async (request, reply) => {
      reply.header("cache-control", "no-store");
      return toMe(callerOf(request).athlete);
    },
  );

  http.patch("/api/me", documented(changeDocument, "session"), async (request) => {
    const { athlete, sessionHash } = callerOf(request);
    const body = parse(meChangeSchema, request.body, "the body");
    const { password, currentPassword, ...rest } = body;
    if (password !== undefined || rest.email !== undefined) {
      await checkPassword(athlete, currentPassword);
    }
    const passwordHash = password === undefined ? undefined : await hashPassword(password);
    const changed = await store.athletes.update(athlete.id, {
      ...(rest as Partial<Athlete>),
      ...(passwordHash === undefined ? {} : { passwordHash }),
    });
    if (passwordHash !== undefined) {
      await store.sessions.removeAll(athlete.id, sessionHash);
      const [atMs, subject] = [now(), `account ${athlete.id}`];
      await store.audit.add({ atMs, athleteId: athlete.id, action: "password.change", subject });
    }
    return toMe(changed);
  });

  http.delete("/api/me", documented(removeDocument, "session"), async (request, reply) => {
    const { athlete } = callerOf(request);
    const { password } = parse(meDeletionSchema, request.body ?? {}, "the body");
    await checkPassword(athlete, password);
    await sessions.end(request, reply);
    await store.athletes.remove(athlete.id, now(), { erasesMember: true });
    // Of who is gone no name stays, only that an account went.
    const subject = `account ${athlete.id}`;
    await store.audit.add({ atMs: now(), athleteId: null, action: "account.delete", subject });
    return reply.code(204).send();
  });
}

export function toMe(athlete: Athlete): Me {
  return {
    id: String(athlete.id),
    name: athlete.name,
    email: athlete.email,
    role: athlete.role,
    units: athlete.units,
    visibility: athlete.visibility,
    hasPassword: athlete.passwordHash !== null,
    createdMs: athlete.createdMs,
  };
}

const tags = ["Accounts"];
const meDocument = {
  tags,
  summary: "The account of whoever asks",
  response: { 200: meSchema, 401: errorSchema },
};
const changeDocument = {
  tags,
  summary: "Changes the account; a new password ends every other session",
  body: meChangeSchema,
  response: { 200: meSchema, 400: errorSchema, 401: errorSchema, 409: errorSchema },
};
const removeDocument = {
  tags,
  summary: "Deletes the account and everything that it owns, for good",
  body: meDeletionSchema,
  response: { 204: z.null(), 400: errorSchema, 401: errorSchema },
};
