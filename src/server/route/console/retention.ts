/**
 * `/api/retention`: the figures that jobs/build-reports.ts last built, of everybody or of a segment, and of
 * another segment beside it. One read of a few rows.
 */
import type { FastifyInstance } from "fastify";
import { WaymarkError } from "../../../base/error.ts";
import { segmentKey } from "../../../lifecycle/metric/segment.ts";
import { errorSchema } from "../../../schema/activity.ts";
import {
  CHOICES_KEY,
  RETENTION,
  type RetentionAnswer,
  type RetentionChoices,
  type RetentionQuery,
  type RetentionReport,
  retentionAnswerSchema,
  retentionQuerySchema,
  type Segment,
  type SegmentAnswer,
} from "../../../schema/retention.ts";
import type { Report } from "../../../store/reports.ts";
import type { Context } from "../../app.ts";
import type { Access } from "../../auth/access.ts";
import { parse } from "../../error-answer.ts";
import { documented } from "../../openapi.ts";

const GROWTH: Access = { scopes: ["admin"], role: "growth" };

export function consoleRetentionRoutes(
  http: FastifyInstance,
  { store }: Pick<Context, "store">,
): void {
  http.get(
    "/api/retention",
    documented(retentionDocument, GROWTH),
    async (request, reply): Promise<RetentionAnswer> => {
      const query = parse(retentionQuerySchema, request.query, "the address");
      const { segment, compared } = segmentsOf(query);
      const keys = [CHOICES_KEY, segmentKey(segment)];
      if (compared) keys.push(segmentKey(compared));
      const reports = await store.reports.getAll(RETENTION, keys);
      const built = reports.get(CHOICES_KEY);
      // The console asks again as often as it is looked at.
      reply.header("cache-control", "no-store");
      return {
        ...answerOf(segment, reports),
        compared: compared ? answerOf(compared, reports) : null,
        choices: (built?.payload as RetentionChoices | undefined) ?? null,
        built: built ? { atMs: built.builtMs, seq: built.seq } : null,
      };
    },
  );
}

/** @throws WaymarkError USAGE for a plan and an interval at once */
function segmentsOf({
  compare,
  compareCohort,
  comparePlan,
  compareInterval,
  comparePlatform,
  ...segment
}: RetentionQuery): { readonly segment: Segment; readonly compared: Segment | undefined } {
  const other: Segment = {
    cohort: compareCohort,
    plan: comparePlan,
    interval: compareInterval,
    platform: comparePlatform,
  };
  const isNamed = Object.values(other).some((value) => value !== undefined);
  const compared = isNamed ? named(other) : compare === "all" ? {} : undefined;
  for (const { plan, interval } of [segment, other]) {
    if (plan === undefined || interval === undefined) continue;
    throw new WaymarkError("USAGE", "ask for a plan or for an interval: a plan has one");
  }
  return { segment: named(segment), compared };
}

function named(segment: Segment): Segment {
  return Object.fromEntries(Object.entries(segment).filter(([, value]) => value !== undefined));
}

/** Where others were built and this one was not, it has too few members, or none. */
function answerOf(segment: Segment, reports: ReadonlyMap<string, Report>): SegmentAnswer {
  const report = reports.get(segmentKey(segment))?.payload as RetentionReport | undefined;
  if (report) return { segment, status: "ready", report };
  return { segment, status: reports.has(CHOICES_KEY) ? "few" : "unbuilt", report: null };
}

const retentionDocument = {
  tags: ["Console"],
  summary: "Subscribers, activity, churn, revenue and retention of all members or of a segment",
  querystring: retentionQuerySchema,
  response: { 200: retentionAnswerSchema, 400: errorSchema, 401: errorSchema, 403: errorSchema },
};
