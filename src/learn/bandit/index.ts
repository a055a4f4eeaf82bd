/** Contextual bandits: what is believed of arms, how they are explored, and exact propensities. */
export { type BanditOptions, type Choice, ContextualBandit, drawArm } from "./bandit.ts";
export { ArmBelief, type BeliefOptions } from "./belief.ts";
export { bestArmProbabilities } from "./best-arm.ts";
export { armProbabilities, EXPLORATIONS, type Exploration, type Scores } from "./explore.ts";
export {
  type ArmTraces,
  fitTraceModel,
  ProgressiveBelief,
  type TraceModel,
} from "./progressive.ts";
export { restedArms, tiredness, withTiredness } from "./recovery.ts";
export { drawSlate, type SlateChoice, slateCascade, slotMarginals } from "./slate.ts";
