/**
 * Who asks, and whether they may. Every route under `/api` says what it needs beside its document; one
 * that says nothing is refused when the server is made, so that no door is left open by forgetting.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { assert, WaymarkError } from "../../base/error.ts";
import type { Scope } from "../../schema/account.ts";
import type { Viewer } from "../../store/activities.ts";
import type { Athlete } from "../../store/athletes.ts";

/** What a route needs of whoever asks. */
export type Access =
  | "public"
  /** A browser that signed in: no token does. */
  | "session"
  | {
      /** A token needs one of these; a session has all. */
      readonly scopes: readonly Scope[];
      /** growth: of the growth team, or an administrator. */
      readonly role?: "growth" | "admin";
    };

export interface Caller {
  readonly athlete: Athlete;
  /** local: a program of this machine that may read the server's file. It may do what a session may. */
  readonly via: "session" | "token" | "local";
  /** Of a token; the others need none. */
  readonly scopes: readonly string[];
  /** sha256 of the session's cookie; "" for a token. */
  readonly sessionHash: string;
}

declare module "fastify" {
  interface FastifyRequest {
    /** Null where nobody signed in, and on routes that ask nobody. */
    caller: Caller | null;
  }
  interface FastifyContextConfig {
    access?: Access;
  }
}

export interface Gatekeeper {
  /** @throws WaymarkError SIGN_IN_NEEDED for a token or session that is none */
  identify(request: FastifyRequest, reply: FastifyReply): Promise<Caller | null>;
}

export function guardAccess(http: FastifyInstance, { identify }: Gatekeeper): void {
  http.decorateRequest("caller", null);
  http.addHook("onRoute", ({ url, config }) => {
    const isOurs = /^\/(api|metrics)(\/|$)/.test(url);
    assert(!isOurs || config?.access !== undefined, `${url} does not say who may ask`);
  });
  http.addHook("onRequest", async (request, reply) => {
    const access = request.routeOptions.config.access ?? "public";
    if (access === "public") return;
    request.caller = await identify(request, reply);
    if (!request.caller) {
      throw new WaymarkError("SIGN_IN_NEEDED", "sign in, or send 'Authorization: Bearer TOKEN'");
    }
    check(request.caller, access);
  });
}

function check({ via, scopes, athlete }: Caller, access: Exclude<Access, "public">): void {
  if (access === "session") {
    if (via !== "token") return;
    throw new WaymarkError("FORBIDDEN", "no token may do this; sign in with a browser");
  }
  if (via === "token" && !access.scopes.some((scope) => scopes.includes(scope))) {
    const choices = access.scopes;
    throw new WaymarkError(
      "FORBIDDEN",
      `the token lacks a scope; it needs ${choices.join(" or ")}`,
      { choices },
    );
  }
  if (access.role === "admin" && athlete.role !== "admin") {
    throw new WaymarkError("FORBIDDEN", "only an administrator may do this");
  }
  if (access.role === "growth" && athlete.role !== "growth" && athlete.role !== "admin") {
    throw new WaymarkError("FORBIDDEN", "only the growth team and administrators may do this");
  }
}

export function callerOf(request: FastifyRequest): Caller {
  assert(request.caller, "a route that asks for its caller says so in its access");
  return request.caller;
}

/**
 * Whose eyes a request has. A token that may not read everything sees even its own athlete's activities
 * as others do, as Strava's `activity:read`.
 */
export function viewerOf(request: FastifyRequest): Viewer {
  const { athlete, via, scopes } = callerOf(request);
  const seesOwn = via !== "token" || scopes.includes("activity:read_all");
  return { athleteId: seesOwn ? athlete.id : null };
}
