/**
 * Whether a request that changes something comes from our own page. Browsers say where a request was
 * made in `Sec-Fetch-Site` and `Origin`, which no page can forge; together with SameSite=Lax cookies no
 * other site can act in the name of whoever is signed in here.
 */
import type { FastifyRequest } from "fastify";
import { WaymarkError } from "../../base/error.ts";

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * @param own where people reach the server, when a proxy stands before it, whatever Host that sends on
 * @param hasCookie the request is in the name of a session: then the headers must be there
 * @throws WaymarkError FORBIDDEN
 */
export function checkOrigin(
  request: FastifyRequest,
  hasCookie: boolean,
  own: string | undefined,
): void {
  if (SAFE_METHODS.has(request.method)) return;
  const { origin, "sec-fetch-site": site } = request.headers;
  const ownOrigin = own === undefined ? undefined : new URL(own).origin;
  const isOwn =
    origin !== undefined
      ? origin === ownOrigin || hostOf(origin) === request.host
      : site !== undefined
        ? site === "same-origin" || site === "none"
        : !hasCookie;
  if (isOwn && (site === undefined || site === "same-origin" || site === "none")) return;
  throw new WaymarkError(
    "FORBIDDEN",
    "a session may be used from Waymark's own pages alone; programs send a token instead",
  );
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
