/**
 * Sessions of browsers: a random token in a cookie that no script reads, its sha256 in the store. A
 * sign-in always makes a new one, so a cookie that somebody planted never becomes good. A session ends
 * thirty days after its last use, and at a change of password.
 */
import type { FastifyReply, FastifyRequest } from "fastify";
import { WaymarkError } from "../../base/error.ts";
import type { Store } from "../../store/store.ts";
import type { Caller } from "./access.ts";
import { hashSecret, newSecret } from "./secret.ts";

export const sessionDefaults = {
  /** Milliseconds from the last use to the end. */
  idleMs: 30 * 86_400_000,
  /** Milliseconds by which the note of the last use may be late: no write for each request. */
  touchMs: 3_600_000,
} as const;

const NAME = "waymark_session";
/** Browsers take this one only over TLS, for this host alone. */
const SECURE_NAME = `__Host-${NAME}`;

export interface BrowserSessions {
  /** The browser is told when its session lives on. */
  find(request: FastifyRequest, reply: FastifyReply, now: number): Promise<Caller | null>;
  /** Signs a browser in; whatever session it had ends. */
  begin(
    request: FastifyRequest,
    reply: FastifyReply,
    athleteId: number,
    now: number,
  ): Promise<string>;
  end(request: FastifyRequest, reply: FastifyReply): Promise<void>;
}

/** @param isSecure read at every request: where the server listens is known late */
export function createBrowserSessions(store: Store, isSecure: () => boolean): BrowserSessions {
  const nameNow = (): string => (isSecure() ? SECURE_NAME : NAME);
  const hashOf = (request: FastifyRequest): string | undefined => {
    const token = request.cookies[nameNow()];
    return token ? hashSecret(token) : undefined;
  };
  const options = () =>
    ({ path: "/", httpOnly: true, sameSite: "lax", secure: isSecure() }) as const;
  const give = (reply: FastifyReply, token: string): void => {
    const maxAge = Math.round(sessionDefaults.idleMs / 1000);
    reply.setCookie(nameNow(), token, { ...options(), maxAge });
  };
  return {
    async find(request, reply, now) {
      const hash = hashOf(request);
      if (hash === undefined) return null;
      const session = await store.sessions.find(hash, now);
      if (!session) return null;
      if (now - session.seenMs > sessionDefaults.touchMs) {
        await store.sessions.touch(hash, now, now + sessionDefaults.idleMs);
        give(reply, request.cookies[nameNow()]!);
      }
      return { athlete: session.athlete, via: "session", scopes: [], sessionHash: hash };
    },
    async begin(request, reply, athleteId, now) {
      const old = hashOf(request);
      if (old !== undefined) await store.sessions.remove(old);
      const token = newSecret();
      const hash = hashSecret(token);
      const expiresMs = now + sessionDefaults.idleMs;
      // Other sites are told from ours by the browser's own headers (origin.ts), not by a secret.
      await store.sessions.create({ hash, athleteId, expiresMs }, now);
      give(reply, token);
      return hash;
    },
    async end(request, reply) {
      const hash = hashOf(request);
      if (hash !== undefined) await store.sessions.remove(hash);
      reply.clearCookie(nameNow(), options());
    },
  };
}

/** @returns null without the header @throws WaymarkError SIGN_IN_NEEDED when it is no Bearer token */
export function bearerOf(request: FastifyRequest): string | null {
  const header = request.headers.authorization;
  if (header === undefined) return null;
  const token = /^Bearer +([\w.~+/=-]{1,200})$/i.exec(header)?.[1];
  if (token !== undefined) return token;
  throw new WaymarkError("SIGN_IN_NEEDED", "the Authorization header is no 'Bearer TOKEN'");
}
