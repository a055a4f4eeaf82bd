/**
 * Statistics of experiments and of drift, as pure functions: what a decision about a product stands on.
 * Errors are `WaymarkError`s that name what was wrong; NaN never comes out.
 */
export {
  type BootstrapInterval,
  type BootstrapOptions,
  bootstrapDefaults,
  bootstrapInterval,
  bootstrapIntervals,
} from "./bootstrap.ts";
export * from "./distribution/index.ts";
