/** What a member does, as numbers: defined once, told from the log offline and from a state online. */
export {
  type Aggregation,
  type FeatureDefinition,
  type FeatureType,
  levelNames,
  type Selection,
  typeOf,
} from "./definition.ts";
export { eventsText, featurePage, tellingText } from "./document.ts";
export { defineFeatures, type FeatureSet, featureIndex } from "./feature-set.ts";
export { applyEvents } from "./fold.ts";
export { ACTIVE, memberFeatures } from "./member-features.ts";
export { type OfflineSqlOptions, offlineSql } from "./offline-sql.ts";
export { askedAt, onlineValues } from "./online.ts";
export { FEATURE_READERS, featureReader } from "./reader.ts";
export { selects } from "./reading.ts";
export { decodeState, emptyState, encodeState, type MemberState } from "./state.ts";
export {
  featureValues,
  type Spine,
  type TrainingRows,
  trainingRows,
} from "./training-rows.ts";
