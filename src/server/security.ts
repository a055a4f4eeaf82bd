/**
 * What every answer says to the browser, and which names the server answers to. The content policy
 * lets a page load from its own origin alone, so no request ever leaves for another host; a server on
 * loopback refuses other names, which closes the door to DNS rebinding (a foreign page whose name is
 * pointed at 127.0.0.1).
 */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { WaymarkError } from "../base/error.ts";

const CONTENT_POLICY = [
  "default-src 'self'",
  "script-src 'self'",
  // MapLibre and React set styles of elements, never style sheets of others.
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self' blob:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": CONTENT_POLICY,
  "x-content-type-options": "nosniff",
  "referrer-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=()",
  "x-frame-options": "DENY",
};

const LOOPBACK_NAME = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i;

/** Whether a listening address is reached from this machine alone. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

/** Whether a request came over this machine's own wire: from a program here, or a proxy here. */
export function isLoopbackPeer({ socket }: FastifyRequest): boolean {
  return /^(::ffff:)?127\.|^::1$/.test(socket.remoteAddress ?? "");
}

export interface Guard {
  /** Reached from this machine alone: by its listening address, and by no other name. */
  readonly isLocalOnly: boolean;
  /** Cookies go over TLS alone: everywhere but on this machine, and behind an http:// origin. */
  readonly isSecure: boolean;
  listenOn(host: string): void;
}

/**
 * Puts the headers on every answer; on a loopback address, and under an origin of its own, it checks the
 * Host of requests.
 *
 * @param origin where people reach the server, when a proxy stands before it: "https://club.example"
 */
export function guard(http: FastifyInstance, origin?: string): Guard {
  const ownHost = origin === undefined ? undefined : new URL(origin).host;
  let isLoopbackOnly = true;
  http.addHook("onRequest", async (request, reply) => {
    for (const [name, value] of Object.entries(HEADERS)) reply.header(name, value);
    const host = request.headers.host ?? "";
    if (isLoopbackOnly && host !== ownHost && !LOOPBACK_NAME.test(host)) {
      throw new WaymarkError(
        "USAGE",
        `this server answers on this machine only, not to the name '${host.slice(0, 100)}'`,
        { choices: ["localhost", "127.0.0.1"] },
      );
    }
  });
  return {
    get isLocalOnly() {
      return isLoopbackOnly && origin === undefined;
    },
    get isSecure() {
      return origin === undefined ? !isLoopbackOnly : origin.startsWith("https:");
    },
    listenOn(host) {
      isLoopbackOnly = isLoopback(host);
    },
  };
}
