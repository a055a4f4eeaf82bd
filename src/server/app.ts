/**
 * The HTTP server: the API, the tiles and the web app from one origin. It answers only what its
 * routes name and to whom they say, in one shape when it cannot, and lets the page load nothing from
 * anywhere else.
 */
import { timingSafeEqual } from "node:crypto";
import type { Readable } from "node:stream";
import cookie from "@fastify/cookie";
import multipart from "@fastify/multipart";
import rateLimit from "@fastify/rate-limit";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { type FeatureLogger, logFeatures } from "../platform/feature/log-features.ts";
import type { JobQueue } from "../platform/job/queue.ts";
import type { Scorer } from "../platform/serve/scorer.ts";
import type { Status } from "../schema/map.ts";
import type { ChurnScore } from "../schema/score.ts";
import type { Store } from "../store/store.ts";
import { type Caller, guardAccess } from "./auth/access.ts";
import { type Attempts, addressKey, createAttempts, TooManyRequests } from "./auth/attempts.ts";
import { createDoor, type Door } from "./auth/door.ts";
import { checkOrigin } from "./auth/origin.ts";
import { openOwner } from "./auth/owner.ts";
import { hashSecret, newSecret } from "./auth/secret.ts";
import { type BrowserSessions, bearerOf, createBrowserSessions } from "./auth/sessions.ts";
import { answerErrors, refuseUnreadable } from "./error-answer.ts";
import type { RequestLog } from "./log.ts";
import { measure } from "./metrics.ts";
import { openApi } from "./openapi.ts";
import type { Matching } from "./osrm/matching.ts";
import { uploadDefaults } from "./receive-file.ts";
import { activityRoutes } from "./route/activity.ts";
import { adminRoutes } from "./route/admin.ts";
import { archiveRoutes } from "./route/archive.ts";
import { backupRoutes } from "./route/backup.ts";
import { consoleFeatureRoutes } from "./route/console/feature.ts";
import { consoleMemberRoutes } from "./route/console/member.ts";
import { consoleRetentionRoutes } from "./route/console/retention.ts";
import { exportRoutes } from "./route/export.ts";
import { healthRoutes } from "./route/health.ts";
import { mapRoutes } from "./route/map.ts";
import { meRoutes } from "./route/me.ts";
import { memberRoutes } from "./route/member.ts";
import { isOsrmPath, osrmRoutes } from "./route/osrm.ts";
import { scoreRoutes } from "./route/score.ts";
import { isSegmentRoute, segmentRoutes } from "./route/segment.ts";
import { sessionRoutes } from "./route/session.ts";
import { stravaRoutes } from "./route/strava.ts";
import { tileRoutes } from "./route/tile.ts";
import { tokenRoutes } from "./route/token.ts";
import { uploadRoutes } from "./route/upload.ts";
import { webRoutes } from "./route/web.ts";
import { webhookRoutes } from "./route/webhook.ts";
import { openChurnScorer } from "./score/churn-scorer.ts";
import { type Guard, guard, isLoopbackPeer } from "./security.ts";
import { createIntake, type Intake } from "./segment/intake.ts";
import { createWriteKeyDoor, type WriteKeyDoor } from "./segment/write-key.ts";

export interface ServerOptions {
  readonly store: Store;
  /** Takes the jobs of uploads; whoever opened store and queue closes them. */
  readonly queue: JobQueue;
  /** Holds `map.json` and `basemap.pmtiles`; may be filled while the server runs. */
  readonly mapFolder: string;
  /** The built web app: `index.html` and `assets/`. */
  readonly webFolder: string;
  /** Where people reach the server behind a proxy of this machine: "https://club.example". */
  readonly origin?: string | undefined;
  /** Read at every question, so whoever builds may change it in place. Absent: ready. */
  readonly progress?: Readonly<Status>;
  /** Told about faults of our own, with their stack; the answer never holds it. */
  readonly onFault?: (error: unknown, url: string) => void;
  /** Told of every request. */
  readonly log?: RequestLog | undefined;
  /** Answers `/match` and `/nearest`; whoever opened it closes it. Absent: they are refused. */
  readonly matching?: Matching;
  /** The whole store as an archive, made while it is read. Absent: `GET /api/backup` is refused. */
  readonly openBackup?: ((now: number) => Readable) | undefined;
  /** Coordinates that one POST to `/match` may hold; default 10,000. */
  readonly matchCoordinates?: number | undefined;
  /** Bytes of one uploaded file. */
  readonly uploadMaxBytes?: number;
  /** Requests a minute of one caller off this machine. */
  readonly requestsPerMinute?: number;
  /** Milliseconds for the headers of a request, and without a byte in either direction. */
  readonly headersMs?: number;
  readonly idleMs?: number;
  /** Epoch milliseconds now. */
  readonly now?: () => number;
}

/** What every route sees. */
export interface Context {
  readonly store: Store;
  readonly queue: JobQueue;
  readonly mapFolder: string;
  readonly webFolder: string;
  readonly status: () => Status;
  readonly matching: Matching | undefined;
  readonly matchCoordinates: number | undefined;
  readonly openBackup: ServerOptions["openBackup"];
  readonly uploadMaxBytes: number;
  readonly onFault: (error: unknown, url: string) => void;
  /** Scores members now. */
  readonly churn: Scorer<ChurnScore>;
  readonly now: () => number;
  readonly gate: Guard;
  readonly door: Door;
  readonly sessions: BrowserSessions;
  /** What was served, on its way into the store. */
  readonly featureLog: Pick<FeatureLogger, "dropped">;
  readonly attempts: Attempts;
  /** Takes what Segment's API brings. */
  readonly intake: Intake;
  readonly writeKeys: WriteKeyDoor;
  /** Who asks: a token, or else a browser that signed in. */
  readonly identify: (request: FastifyRequest, reply: FastifyReply) => Promise<Caller | null>;
}

export interface WaymarkServer {
  /** The routes without a socket, for `inject` in tests. */
  readonly http: FastifyInstance;
  /** Signs in as the owner over loopback, for programs of this machine that may read it from a file. */
  readonly localToken: string;
  /**
   * Listens and gives the address.
   *
   * @param port 0 takes any free one
   * @param host loopback unless told otherwise; on loopback only loopback names are answered
   */
  start(port?: number, host?: string): Promise<string>;
  /** An address that signs in as the owner, once; undefined where others may reach the server. */
  enterUrl(): string | undefined;
  /** Takes no more requests, and lets those that run end for a while. */
  stop(): Promise<void>;
}

const READY: Status = { phase: "ready", done: 0, total: 0, startedMs: 0 };

export const serverDefaults = {
  /** The port of `waymark start`: "WM" on a telephone keypad, twice. */
  port: 9696,
  /** Nobody but this machine, unless asked. */
  host: "127.0.0.1",
  /** Bytes of a body that is no upload and no trace. */
  bodyBytes: 64 * 1024,
  /** Milliseconds for a request's headers: a browser sends them at once. */
  headersMs: 15_000,
  /** Milliseconds without a byte in either direction; matching takes up to ten. */
  idleMs: 60_000,
  /** Milliseconds for one whole request: 200 MB at 3 Mbit/s. */
  requestMs: 600_000,
  /** Milliseconds between two looks for clients that are too slow. */
  lookMs: 5_000,
  /** Open connections: a slow client costs some kilobytes. */
  connections: 5_000,
  /** Requests a minute of one caller: a page with its tiles is some hundred. */
  requestsPerMinute: 3_000,
  /** Milliseconds of the window in which passwords are counted. */
  attemptsMs: 15 * 60_000,
  /** Milliseconds that running requests get at a stop. */
  graceMs: 5_000,
  /** Milliseconds between two looks for connections that have nothing left to do. */
  stopLookMs: 50,
} as const;

export async function createServer(options: ServerOptions): Promise<WaymarkServer> {
  const { store, queue, origin, log, now = Date.now } = options;
  const http = Fastify({
    logger: false,
    // A request line longer than this is no question that a route asks.
    routerOptions: { maxParamLength: 200, ignoreTrailingSlash: true },
    bodyLimit: serverDefaults.bodyBytes,
    http: {
      // A thousand coordinates with their times in one request line; Node's own limit is 16 KiB.
      maxHeaderSize: 64 * 1024,
      headersTimeout: options.headersMs ?? serverDefaults.headersMs,
      connectionsCheckingInterval: Math.min(
        options.headersMs ?? serverDefaults.lookMs,
        serverDefaults.lookMs,
      ),
    },
    requestTimeout: serverDefaults.requestMs,
    connectionTimeout: options.idleMs ?? serverDefaults.idleMs,
    forceCloseConnections: "idle",
    // What a proxy of this machine says of its clients is believed; nobody else's word is.
    trustProxy: origin === undefined ? false : "loopback",
    // An address that cannot be decoded reaches no route.
    frameworkErrors: (error, request, reply: FastifyReply) => {
      const code = isOsrmPath(request.url) ? "InvalidUrl" : "USAGE";
      const message = error.message.slice(0, 300);
      void reply.code(error.statusCode ?? 400).send({ code, message });
    },
    clientErrorHandler: refuseUnreadable,
  });
  http.server.maxConnections = serverDefaults.connections;
  const onFault = (error: unknown, url: string): void => {
    log?.fault(error, url);
    options.onFault?.(error, url);
  };
  const gate = guard(http, origin);
  const localToken = newSecret("wl_");
  const sessions = createBrowserSessions(store, () => gate.isSecure);
  const identify = createIdentify({ store, sessions, localToken, now });
  const featureLog = logFeatures(store.featureLog);
  const context: Context = {
    store,
    churn: openChurnScorer({ store, featureLog, now }),
    featureLog,
    queue,
    mapFolder: options.mapFolder,
    webFolder: options.webFolder,
    status: () => ({ ...(options.progress ?? READY) }),
    matching: options.matching,
    matchCoordinates: options.matchCoordinates,
    openBackup: options.openBackup,
    uploadMaxBytes: options.uploadMaxBytes ?? uploadDefaults.maxBytes,
    onFault,
    now,
    gate,
    door: createDoor(),
    sessions,
    attempts: createAttempts(serverDefaults.attemptsMs),
    intake: createIntake(store),
    writeKeys: createWriteKeyDoor(store.writeKeys),
    identify,
  };
  http.addHook("onClose", async () => featureLog.stop());
  answerErrors(http, onFault);
  if (log) http.addHook("onResponse", async (request, reply) => log.request(request, reply));
  await http.register(cookie);
  http.addHook("onRequest", async (request) => {
    // A token is no browser's to send, and OSRM's routes know no session: any page may ask them.
    if (request.headers.authorization !== undefined || isOsrmPath(request.url)) return;
    // Segment's routes know no session either: a write key is asked for, and cookies are not looked at.
    if (isSegmentRoute(request)) return;
    const names = Object.keys(request.cookies);
    const hasCookie = names.some((name) => name.endsWith("waymark_session"));
    checkOrigin(request, hasCookie, origin);
  });
  guardAccess(http, { identify });
  await http.register(rateLimit, {
    max: options.requestsPerMinute ?? serverDefaults.requestsPerMinute,
    timeWindow: 60_000,
    keyGenerator: (request) =>
      request.caller ? `athlete ${request.caller.athlete.id}` : addressKey(request.ip),
    // On a machine of one's own there is nobody to keep out.
    allowList: () => gate.isLocalOnly && options.requestsPerMinute === undefined,
    errorResponseBuilder: (_request, { ttl }) => new TooManyRequests(Math.ceil(ttl / 1000)),
  });
  await http.register(multipart);
  await openApi(http);
  measure(http, context);
  healthRoutes(http, context);
  sessionRoutes(http, context);
  meRoutes(http, context);
  tokenRoutes(http, context);
  adminRoutes(http, context);
  uploadRoutes(http, context);
  activityRoutes(http, context);
  consoleMemberRoutes(http, context);
  consoleFeatureRoutes(http, context);
  consoleRetentionRoutes(http, context);
  exportRoutes(http, context);
  archiveRoutes(http, context);
  backupRoutes(http, context);
  stravaRoutes(http, context);
  mapRoutes(http, context);
  tileRoutes(http, context);
  osrmRoutes(http, context);
  segmentRoutes(http, context);
  memberRoutes(http, context);
  scoreRoutes(http, context);
  await webhookRoutes(http, context);
  await webRoutes(http, context);

  let address: string | undefined;
  return {
    http,
    localToken,
    async start(port = serverDefaults.port, host = serverDefaults.host) {
      gate.listenOn(host);
      address = await http.listen({ port, host });
      return address;
    },
    enterUrl() {
      if (address === undefined || !gate.isLocalOnly) return undefined;
      return `${address}/enter?code=${context.door.open(now())}`;
    },
    async stop() {
      // A connection that becomes idle now is of no more use, though its client would keep it.
      const idle = setInterval(() => http.server.closeIdleConnections(), serverDefaults.stopLookMs);
      const late = setTimeout(() => http.server.closeAllConnections(), serverDefaults.graceMs);
      await http.close();
      clearInterval(idle);
      clearTimeout(late);
    },
  };
}

interface IdentifyOptions {
  readonly store: Store;
  readonly sessions: BrowserSessions;
  readonly localToken: string;
  readonly now: () => number;
}

function createIdentify({
  store,
  sessions,
  localToken,
  now,
}: IdentifyOptions): Context["identify"] {
  const localHash = Buffer.from(hashSecret(localToken));
  return async (request, reply) => {
    const token = bearerOf(request);
    if (token === null) return await sessions.find(request, reply, now());
    const hash = hashSecret(token);
    if (isLoopbackPeer(request) && timingSafeEqual(Buffer.from(hash), localHash)) {
      const athlete = await openOwner(store, now());
      return { athlete, via: "local", scopes: [], sessionHash: "" };
    }
    const found = await store.tokens.find(hash, now());
    if (!found) return null;
    const { athlete, token: row } = found;
    return { athlete, via: "token", scopes: row.scopes, sessionHash: "" };
  };
}
