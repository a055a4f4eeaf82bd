/** Who reads the log for a feature set: another layout of states begins with the first event. */
import type { FeatureSet } from "./feature-set.ts";
import { memberFeatures } from "./member-features.ts";

/** What the names of all such readers in log_reader begin with. */
export const FEATURE_READERS = "features:";

export function featureReader({ plan }: FeatureSet = memberFeatures): string {
  return `${FEATURE_READERS}${plan.layout}`;
}
