/** The simulated members: who they are, what they do, pay and leave, and the truth about it. */

export { TARGETS, type Target } from "./calibration.ts";
export type { MemberEnd, MemberWorldOptions } from "./member-world.ts";
export { MemberWorld, memberWorldDefaults } from "./member-world.ts";
export { Moments } from "./moments.ts";
export { eventIdPrefix, type KnownPerson, userIdOf } from "./person.ts";
export { type ReportedWorld, reportWorld } from "./report-world.ts";
export type { SegmentMessage, WorldDay } from "./reporter.ts";
export {
  LOGGING_WORLDS,
  type LoggingWorld,
  SCENARIOS,
  type Scenario,
  type ScenarioName,
} from "./scenario.ts";
export type { StripeEvent } from "./stripe-object.ts";
export { isAtRisk, type MemberTruth, truthDefaults } from "./truth.ts";
