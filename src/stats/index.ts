/**
 * Statistics of experiments and of drift, as pure functions: what a decision about a product stands on.
 * Errors are `WaymarkError`s that name what was wrong; NaN never comes out. docs/guide/
 * experiment-statistics.md shows each with its paper and when not to use it.
 */
export {
  type BootstrapInterval,
  type BootstrapOptions,
  bootstrapDefaults,
  bootstrapInterval,
  bootstrapIntervals,
} from "./bootstrap.ts";
export * from "./distribution/index.ts";
export * from "./drift/index.ts";
export * from "./experiment/index.ts";
