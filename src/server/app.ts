/**
 * The HTTP server: the API, the tiles and the web app from one origin. It answers only what its
 * routes name, in one shape when it cannot, and lets the page load nothing from anywhere else.
 */
import Fastify, { type FastifyInstance, type FastifyReply } from "fastify";
import type { Status } from "../schema/map.ts";
import type { ActivityStore } from "../store/activity-store.ts";
import { answerErrors, refuseUnreadable } from "./error-answer.ts";
import { openApi } from "./openapi.ts";
import type { Matching } from "./osrm/matching.ts";
import { activityRoutes } from "./route/activity.ts";
import { exportRoutes } from "./route/export.ts";
import { healthRoutes } from "./route/health.ts";
import { mapRoutes } from "./route/map.ts";
import { isOsrmPath, osrmRoutes } from "./route/osrm.ts";
import { tileRoutes } from "./route/tile.ts";
import { webRoutes } from "./route/web.ts";
import { guard } from "./security.ts";

export interface ServerOptions {
  readonly store: ActivityStore;
  /** Holds `map.json` and `basemap.pmtiles`; may be filled while the server runs. */
  readonly mapFolder: string;
  /** The built web app: `index.html` and `assets/`. */
  readonly webFolder: string;
  /** Read at every question, so whoever builds may change it in place. Absent: ready. */
  readonly progress?: Readonly<Status>;
  /** Told about faults of our own, with their stack; the answer never holds it. */
  readonly onFault?: (error: unknown, url: string) => void;
  /** Answers `/match` and `/nearest`; whoever opened it closes it. Absent: they are refused. */
  readonly matching?: Matching;
  /** Coordinates that one POST to `/match` may hold; default 10,000. */
  readonly matchCoordinates?: number | undefined;
}

/** What every route sees. */
export interface Context {
  readonly store: ActivityStore;
  readonly mapFolder: string;
  readonly webFolder: string;
  readonly status: () => Status;
  readonly matching: Matching | undefined;
  readonly matchCoordinates: number | undefined;
  readonly onFault: (error: unknown, url: string) => void;
}

export interface WaymarkServer {
  /** The routes without a socket, for `inject` in tests. */
  readonly http: FastifyInstance;
  /**
   * Listens and gives the address.
   *
   * @param port 0 takes any free one
   * @param host loopback unless told otherwise; on loopback only loopback names are answered
   */
  start(port?: number, host?: string): Promise<string>;
  stop(): Promise<void>;
}

const READY: Status = { phase: "ready", done: 0, total: 0, startedMs: 0 };

export const serverDefaults = {
  /** The port of `waymark start`: "WM" on a telephone keypad, twice. */
  port: 9696,
  /** Nobody but this machine, unless asked. */
  host: "127.0.0.1",
} as const;

export async function createServer(options: ServerOptions): Promise<WaymarkServer> {
  const http = Fastify({
    logger: false,
    // A request line longer than this is no question that a route asks.
    routerOptions: { maxParamLength: 200, ignoreTrailingSlash: true },
    bodyLimit: 64 * 1024,
    // A thousand coordinates with their times in one request line; Node's own limit is 16 KiB.
    http: { maxHeaderSize: 64 * 1024 },
    requestTimeout: 30_000,
    forceCloseConnections: true,
    // An address that cannot be decoded reaches no route.
    frameworkErrors: (error, request, reply: FastifyReply) => {
      const code = isOsrmPath(request.url) ? "InvalidUrl" : "USAGE";
      void reply.code(error.statusCode ?? 400).send({ code, message: error.message });
    },
    clientErrorHandler: refuseUnreadable,
  });
  const context: Context = {
    store: options.store,
    mapFolder: options.mapFolder,
    webFolder: options.webFolder,
    status: () => ({ ...(options.progress ?? READY) }),
    matching: options.matching,
    matchCoordinates: options.matchCoordinates,
    onFault: options.onFault ?? (() => {}),
  };
  const gate = guard(http);
  answerErrors(http, context.onFault);
  await openApi(http);
  healthRoutes(http, context);
  activityRoutes(http, context);
  exportRoutes(http, context);
  mapRoutes(http, context);
  tileRoutes(http, context);
  osrmRoutes(http, context);
  await webRoutes(http, context);

  return {
    http,
    async start(port = serverDefaults.port, host = serverDefaults.host) {
      gate.listenOn(host);
      return await http.listen({ port, host });
    },
    async stop() {
      await http.close();
    },
  };
}
