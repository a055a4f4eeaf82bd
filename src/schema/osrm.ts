/**
 * OSRM's HTTP API v1 on the wire, as far as Waymark speaks it: the JSON body of `POST /match/v1/…`,
 * the options of a URL in words, and the answers. Source: OSRM's docs/http.md (v26). Fields under
 * `waymark` are ours alone; a client of OSRM's does not see them.
 */
import { z } from "zod";

export const GEOMETRIES = ["polyline", "polyline6", "geojson"] as const;
export const OVERVIEWS = ["simplified", "full", "false"] as const;
export const GAPS = ["split", "ignore"] as const;
export const ANNOTATIONS = [
  "nodes",
  "distance",
  "duration",
  "datasources",
  "weight",
  "speed",
] as const;
export const SNAPPINGS = ["default", "any"] as const;
export const APPROACHES = ["unrestricted", "curb", "opposite"] as const;

/** Every `code` that an answer may have but "Ok". */
export const OSRM_CODES = [
  "InvalidUrl",
  "InvalidService",
  "InvalidVersion",
  "InvalidOptions",
  "InvalidQuery",
  "InvalidValue",
  "NoSegment",
  "NoMatch",
  "TooBig",
  "NotImplemented",
  "DisabledDataset",
  "Busy",
  "TooManyRequests",
  "ServerFault",
] as const;
export type OsrmCode = (typeof OSRM_CODES)[number];

const perCoordinate = <T extends z.ZodType>(element: T) => z.array(element.nullable());
const position = z
  .tuple([z.number(), z.number()])
  .describe("[longitude, latitude] in degrees WGS 84");

/** The JSON body of `POST /match/v1/{profile}`: the options of the URL under their names. */
export const matchBodySchema = z.strictObject({
  coordinates: z
    .union([z.array(position), z.string()])
    .describe('positions, or "polyline(…)" or "polyline6(…)"')
    .optional(),
  timestamps: z.array(z.number()).describe("seconds since 1970, never falling").optional(),
  radiuses: perCoordinate(z.union([z.number(), z.literal("unlimited")]))
    .describe("accuracy of each position in metres")
    .optional(),
  bearings: perCoordinate(z.tuple([z.number(), z.number()]))
    .describe("[degrees, range]; not used by matching")
    .optional(),
  hints: perCoordinate(z.string()).describe("ignored").optional(),
  approaches: perCoordinate(z.enum(APPROACHES)).describe("only unrestricted").optional(),
  waypoints: z.array(z.number().int()).describe("indices of coordinates that end legs").optional(),
  gaps: z.enum(GAPS).optional(),
  tidy: z.boolean().optional(),
  steps: z.boolean().optional(),
  geometries: z.enum(GEOMETRIES).optional(),
  overview: z.union([z.enum(OVERVIEWS), z.boolean()]).optional(),
  annotations: z.union([z.boolean(), z.array(z.enum(ANNOTATIONS))]).optional(),
  generate_hints: z.boolean().describe("no hints are given").optional(),
  skip_waypoints: z.boolean().describe("leave out the tracepoints").optional(),
  snapping: z.enum(SNAPPINGS).describe("no difference here").optional(),
  exclude: z.array(z.string()).describe("refused: profiles have no classes").optional(),
  alternatives: z.union([z.boolean(), z.number().int()]).describe("ignored").optional(),
  continue_straight: z
    .union([z.boolean(), z.literal("default")])
    .describe("ignored")
    .optional(),
  format: z.enum(["json", "flatbuffers"]).describe("only json").optional(),
});
export type MatchBody = z.infer<typeof matchBodySchema>;

const booleanWord = z.enum(["true", "false"]);
const listOf = (what: string) =>
  z.string().describe(`${what}, separated by semicolons, one a coordinate; empty for the default`);

/** The options that both services take in the URL. */
const commonQuery = {
  radiuses: listOf("metres or 'unlimited'").optional(),
  bearings: listOf("degrees,range").optional(),
  hints: listOf("ignored").optional(),
  approaches: listOf("only 'unrestricted'").optional(),
  generate_hints: booleanWord.describe("no hints are given").optional(),
  skip_waypoints: booleanWord.optional(),
  snapping: z.enum(SNAPPINGS).optional(),
  exclude: z.string().describe("refused: profiles have no classes").optional(),
};

export const nearestQuerySchema = z.object({
  ...commonQuery,
  number: z.string().describe("segments to give, 1–100; default 1").optional(),
});

export const matchQuerySchema = z.object({
  ...commonQuery,
  timestamps: listOf("seconds since 1970").optional(),
  waypoints: z.string().describe("indices of coordinates, separated by semicolons").optional(),
  gaps: z.enum(GAPS).optional(),
  tidy: booleanWord.optional(),
  steps: booleanWord.optional(),
  geometries: z.enum(GEOMETRIES).optional(),
  overview: z.enum(OVERVIEWS).optional(),
  annotations: z
    .string()
    .describe(`true, false or some of ${ANNOTATIONS.join(", ")}, separated by commas`)
    .optional(),
  alternatives: z.string().describe("ignored").optional(),
  continue_straight: z.string().describe("ignored").optional(),
});

const geometrySchema = z.union([
  z.string(),
  z.object({ type: z.literal("LineString"), coordinates: z.array(position) }),
]);

export const annotationSchema = z.object({
  /** OSM ids of the nodes along the leg; 0 where the node is only a bend of the way. */
  nodes: z.array(z.number()).optional(),
  distance: z.array(z.number()).optional(),
  duration: z.array(z.number()).optional(),
  weight: z.array(z.number()).optional(),
  speed: z.array(z.number()).optional(),
  datasources: z.array(z.number()).optional(),
  metadata: z.object({ datasource_names: z.array(z.string()) }).optional(),
});
export type OsrmAnnotation = z.infer<typeof annotationSchema>;

export const stepSchema = z.object({
  distance: z.number(),
  duration: z.number(),
  weight: z.number(),
  name: z.string(),
  mode: z.string(),
  geometry: geometrySchema,
  maneuver: z.object({
    type: z.string(),
    modifier: z.string().optional(),
    location: position,
    bearing_before: z.number(),
    bearing_after: z.number(),
  }),
  intersections: z.array(
    z.object({
      location: position,
      bearings: z.array(z.number()),
      entry: z.array(z.boolean()),
      in: z.number().optional(),
      out: z.number().optional(),
    }),
  ),
});
export type OsrmStep = z.infer<typeof stepSchema>;

export const legSchema = z.object({
  distance: z.number(),
  duration: z.number(),
  weight: z.number(),
  summary: z.string(),
  steps: z.array(stepSchema),
  annotation: annotationSchema.optional(),
});
export type OsrmLeg = z.infer<typeof legSchema>;

export const matchingSchema = z.object({
  confidence: z.number(),
  distance: z.number(),
  duration: z.number(),
  weight: z.number(),
  weight_name: z.string(),
  geometry: geometrySchema.optional(),
  legs: z.array(legSchema),
});
export type OsrmMatching = z.infer<typeof matchingSchema>;

const waypointFields = {
  name: z.string(),
  location: position,
  /** Metres from the coordinate that was sent. */
  distance: z.number(),
};

export const tracepointSchema = z.object({
  ...waypointFields,
  matchings_index: z.number(),
  /** null where the coordinate ends no leg because `waypoints` does not name it. */
  waypoint_index: z.number().nullable(),
  alternatives_count: z.number(),
});
export type OsrmTracepoint = z.infer<typeof tracepointSchema>;

export const offNetworkSchema = z.object({
  /** left: off the paths; gap: no plausible way between; outside: beyond the map's edge. */
  reason: z.enum(["left", "gap", "outside"]),
  /** First and last of the coordinates, as they were sent. */
  first: z.number(),
  last: z.number(),
  distance: z.number(),
});
export type OsrmOffNetwork = z.infer<typeof offNetworkSchema>;

export const matchAnswerSchema = z.object({
  code: z.literal("Ok"),
  matchings: z.array(matchingSchema),
  tracepoints: z.array(tracepointSchema.nullable()).optional(),
  waymark: z.object({
    networkVersion: z.string(),
    profile: z.string(),
    offNetwork: z.array(offNetworkSchema),
  }),
});
export type OsrmMatchAnswer = z.infer<typeof matchAnswerSchema>;

export const nearestWaypointSchema = z.object({
  ...waypointFields,
  /** OSM ids of the ends of the edge in a direction of travel. */
  nodes: z.tuple([z.number(), z.number()]),
});

export const nearestAnswerSchema = z.object({
  code: z.literal("Ok"),
  waypoints: z.array(nearestWaypointSchema).optional(),
});
export type OsrmNearestAnswer = z.infer<typeof nearestAnswerSchema>;

/** What a refusal looks like; the status is 400 unless the server has no map or no time (503). */
export const osrmProblemSchema = z.object({
  code: z.enum(OSRM_CODES),
  message: z.string(),
  choices: z.array(z.string()).optional(),
});
export type OsrmProblemAnswer = z.infer<typeof osrmProblemSchema>;
