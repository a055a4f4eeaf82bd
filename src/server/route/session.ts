/** Signing in, up and out: `/api/session`, `/api/account`, and `/enter`, where the printed link leads. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { WaymarkError } from "../../base/error.ts";
import {
  meSchema,
  type Signup,
  sessionSchema,
  signInSchema,
  signUpSchema,
  signupSchema,
} from "../../schema/account.ts";
import { errorSchema } from "../../schema/activity.ts";
import type { Athlete } from "../../store/athletes.ts";
import type { Store } from "../../store/store.ts";
import type { Context } from "../app.ts";
import { addressKey, signInDefaults } from "../auth/attempts.ts";
import { openOwner } from "../auth/owner.ts";
import { hashPassword, isPassword } from "../auth/password.ts";
import { hashSecret } from "../auth/secret.ts";
import { parse } from "../error-answer.ts";
import { documented } from "../openapi.ts";
import { isLoopbackPeer } from "../security.ts";
import { toMe } from "./me.ts";

export function sessionRoutes(http: FastifyInstance, context: Context): void {
  const { store, sessions, attempts, door, gate, now } = context;

  const enter = async (request: FastifyRequest, reply: FastifyReply, athlete: Athlete) => {
    await sessions.begin(request, reply, athlete.id, now());
    await store.audit.add({
      atMs: now(),
      athleteId: athlete.id,
      action: "session.create",
      subject: `account ${athlete.id}`,
    });
  };

  http.get("/api/session", documented(askDocument), async (request, reply) => {
    reply.header("cache-control", "no-store");
    const caller = await sessions.find(request, reply, now());
    return {
      me: caller && toMe(caller.athlete),
      signup: await signupOf(store),
      isLocal: gate.isLocalOnly,
    };
  });

  http.post("/api/session", documented(signInDocument), async (request, reply) => {
    const { email, password } = parse(signInSchema, request.body, "the body");
    const address = addressKey(request.ip);
    const account = email.toLowerCase();
    // Counted before the answer is known: many tries at once are many.
    attempts.take(`address ${address}`, signInDefaults.address, now());
    attempts.take(`account ${account}`, signInDefaults.account, now());
    attempts.take(`pair ${address} ${account}`, signInDefaults.pair, now());
    const athlete = await store.athletes.byEmail(email);
    const isRight = await isPassword(password, athlete?.passwordHash);
    if (!isRight || !athlete || athlete.disabledMs !== null) {
      throw new WaymarkError("SIGN_IN_FAILED", "no account has that email and password");
    }
    attempts.forget(`pair ${address} ${account}`);
    await enter(request, reply, athlete);
    return toMe(athlete);
  });

  http.delete("/api/session", documented(signOutDocument), async (request, reply) => {
    await sessions.end(request, reply);
    return reply.code(204).send();
  });

  http.post("/api/account", documented(signUpDocument), async (request, reply) => {
    const body = parse(signUpSchema, request.body, "the body");
    attempts.take(`address ${addressKey(request.ip)}`, signInDefaults.address, now());
    const athlete = await signUp(store, body, now());
    await enter(request, reply, athlete);
    return reply.code(201).send(toMe(athlete));
  });

  http.get("/enter", documented(enterDocument), async (request, reply) => {
    if (!gate.isLocalOnly || !isLoopbackPeer(request)) {
      throw new WaymarkError("NOT_FOUND", "nothing answers GET /enter");
    }
    const { code } = parse(enterSchema, request.query, "the query");
    reply.header("cache-control", "no-store");
    if (!door.enter(code, now())) return reply.redirect("/sign-in?link=spent", 303);
    await enter(request, reply, await openOwner(store, now()));
    return reply.redirect("/", 303);
  });
}

export async function signupOf({ settings }: Pick<Store, "settings">): Promise<Signup> {
  // A server that was opened to others lets in whom its administrator invites.
  return signupSchema.catch("invitation").parse(await settings.get("signup"));
}

/** @throws WaymarkError FORBIDDEN, EMAIL_TAKEN */
async function signUp(
  store: Store,
  { name, email, password, invitation }: z.infer<typeof signUpSchema>,
  now: number,
): Promise<Athlete> {
  const signup = await signupOf(store);
  if (signup === "closed") throw new WaymarkError("FORBIDDEN", "no new accounts are opened here");
  if (invitation === undefined) {
    if (signup === "open") {
      const passwordHash = await hashPassword(password);
      return await store.athletes.create({ name, email, passwordHash }, now);
    }
    throw new WaymarkError("FORBIDDEN", "an account is opened by invitation; ask an administrator");
  }
  const hash = hashSecret(invitation);
  const found = await store.invitations.find(hash, now);
  if (!found || (found.email !== null && found.email.toLowerCase() !== email.toLowerCase())) {
    throw new WaymarkError("FORBIDDEN", "the invitation is used, has expired, or is for another");
  }
  const passwordHash = await hashPassword(password);
  try {
    return await store.invitations.accept(hash, { name, email, passwordHash }, now);
  } catch (error) {
    if (!(error instanceof WaymarkError && error.code === "NOT_FOUND")) throw error;
    throw new WaymarkError("FORBIDDEN", "the invitation was used a moment ago");
  }
}

const enterSchema = z.object({ code: z.string().min(1).max(200) });

const tags = ["Accounts"];
const askDocument = {
  tags,
  summary: "Who is signed in, and how accounts are opened",
  response: { 200: sessionSchema },
};
const signInDocument = {
  tags,
  summary: "Signs a browser in",
  body: signInSchema,
  response: { 200: meSchema, 400: errorSchema, 401: errorSchema, 429: errorSchema },
};
const signOutDocument = {
  tags,
  summary: "Signs the browser out",
  response: { 204: z.null() },
};
const signUpDocument = {
  tags,
  summary: "Opens an account and signs in",
  body: signUpSchema,
  response: { 201: meSchema, 400: errorSchema, 403: errorSchema, 409: errorSchema },
};
const enterDocument = {
  tags,
  summary: "The printed link: signs in as the owner, once, on this machine",
  querystring: enterSchema,
  response: { 303: z.null(), 400: errorSchema, 404: errorSchema },
};
