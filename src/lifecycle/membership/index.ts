/** Where a member stands, and since when: a fold of what payment processors said. */
export {
  BILLING_KINDS,
  type FoldOptions,
  foldMembership,
  isSubscribed,
  membershipAt,
  membershipDefaults,
} from "./fold-membership.ts";
export { silenceDefaults } from "./subscription-life.ts";
export { PHASES, type Phase, TRANSITIONS, WORDS, type Word } from "./transition.ts";
