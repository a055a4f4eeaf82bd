/**
 * `/metrics` for Prometheus: requests and their time by route, uploads, jobs by state, questions that
 * wait for a matching thread, and the process itself. Names follow Prometheus's rules.
 */
import type { FastifyInstance } from "fastify";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { WaymarkError } from "../base/error.ts";
import type { Context } from "./app.ts";
import { documented, file } from "./openapi.ts";

/** Seconds: a tile takes one, a long trace half a second, an export minutes. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60];

export function measure(http: FastifyInstance, context: Context): void {
  const { queue, matching, intake, gate, churn, featureLog, store, now } = context;
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const seconds = new Histogram({
    name: "waymark_http_request_duration_seconds",
    help: "Time from the request's headers to the end of the answer",
    labelNames: ["method", "route", "status"],
    buckets: BUCKETS,
    registers,
  });
  const uploads = new Counter({
    name: "waymark_uploads_total",
    help: "Files that were received, and those that were refused at the door",
    labelNames: ["outcome"],
    registers,
  });
  const webhooks = new Counter({
    name: "waymark_webhooks_total",
    help: "Webhooks of payment processors by what became of them; refused: not proven to be theirs",
    labelNames: ["processor", "outcome"],
    registers,
  });
  new Gauge({
    name: "waymark_jobs",
    help: "Jobs by kind and state",
    labelNames: ["kind", "state"],
    registers,
    async collect() {
      this.reset();
      for (const { kind, state, count } of await queue.count()) this.set({ kind, state }, count);
    },
  });
  new Gauge({
    name: "waymark_match_questions",
    help: "Questions to /match and /nearest that run and that wait",
    labelNames: ["state"],
    registers,
    collect() {
      this.set({ state: "running" }, matching?.load.running ?? 0);
      this.set({ state: "waiting" }, matching?.load.waiting ?? 0);
    },
  });

  new Counter({
    name: "waymark_events_total",
    help: "Events that Segment's API brought, by what became of them",
    labelNames: ["outcome"],
    registers,
    collect() {
      this.reset();
      for (const [outcome, count] of Object.entries(intake.totals)) this.inc({ outcome }, count);
    },
  });
  new Gauge({
    name: "waymark_events_waiting",
    help: "Events that wait to be written to the log",
    registers,
    collect() {
      this.set(intake.waiting);
    },
  });

  new Gauge({
    name: "waymark_scores",
    help: "Scores since the start, by the model or by what answered in its place",
    labelNames: ["model", "by"],
    registers,
    collect() {
      for (const [by, count] of churn.counts) this.set({ model: "churn", by }, count);
    },
  });

  new Counter({
    name: "waymark_feature_log_dropped_total",
    help: "Scores whose features were not logged, because the database did not keep up or refused them",
    registers,
    collect() {
      this.reset();
      this.inc(featureLog.dropped);
    },
  });

  new Gauge({
    name: "waymark_log_lag_events",
    help: "Events of members that a reader of the log has not read",
    labelNames: ["reader"],
    registers,
    async collect() {
      this.reset();
      for (const { reader, events } of await store.featureStates.lags(now())) {
        // The reader's name holds the layout of its states.
        this.set({ reader: reader.split(":")[0]! }, events);
      }
    },
  });
  new Gauge({
    name: "waymark_log_lag_seconds",
    help: "Age of the oldest event of members that a reader of the log has not read",
    labelNames: ["reader"],
    registers,
    async collect() {
      this.reset();
      for (const { reader, ms } of await store.featureStates.lags(now())) {
        this.set({ reader: reader.split(":")[0]! }, ms / 1000);
      }
    },
  });

  http.addHook("onResponse", async (request, reply) => {
    const { method } = request;
    // The route's pattern: an address would make a series of its own, and tell of somebody.
    const route = request.routeOptions.url ?? "none";
    const status = String(reply.statusCode);
    seconds.observe({ method, route, status }, reply.elapsedTime / 1000);
    if (method === "POST" && route.endsWith("/uploads")) {
      uploads.inc({ outcome: reply.statusCode === 201 ? "received" : "refused" });
    }
    if (request.webhookFate) webhooks.inc({ ...request.webhookFate });
  });

  // On a machine of one's own anything may ask; elsewhere it takes an administrator's token.
  http.get("/metrics", documented(metricsDocument), async (request, reply) => {
    if (!gate.isLocalOnly) {
      const caller = await context.identify(request, reply);
      const isAdmin =
        caller?.athlete.role === "admin" &&
        (caller.via !== "token" || caller.scopes.includes("admin"));
      if (!isAdmin)
        throw new WaymarkError("SIGN_IN_NEEDED", "metrics need an administrator's token");
    }
    reply.header("cache-control", "no-store");
    return reply.type(registry.contentType).send(await registry.metrics());
  });
}

const metricsDocument = {
  tags: ["State"],
  summary: "Metrics for Prometheus; off this machine for administrators",
  response: { 200: file("text/plain", "metrics") },
};
