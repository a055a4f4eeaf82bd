/**
 * The tables of members, their events and what is computed of them, as Kysely sees them
 * (migration/0005-member.ts).
 */
import type { Generated, GeneratedAlways } from "kysely";
import type {
  BillingInterval,
  MembershipState,
  PaymentAttempt,
  PaymentReversal,
  Processor,
  SubscriptionObservation,
} from "../schema/billing.ts";
import type { EventSource, IdentityKind, RecordedActivity } from "../schema/member-event.ts";
import type { WebhookOptions } from "../schema/webhook.ts";
import type { Json } from "./table.ts";

export interface MemberTable {
  id: GeneratedAlways<number>;
  name: string | null;
  email: string | null;
  country: string | null;
  time_zone: string | null;
  platform: string | null;
  traits: Json<Readonly<Record<string, unknown>>>;
  first_ms: number;
  signed_up_ms: number | null;
  described_ms: number | null;
  created_ms: number;
  /** Name and email in lower case without accents. */
  search: Generated<string>;
}

export interface IdentityTable {
  kind: IdentityKind;
  value: string;
  member_id: number;
  created_ms: number;
}

export interface ErasedIdentityTable {
  /** sha256 of "kind:value". */
  hash: string;
  erased_ms: number;
}

export interface ErasedMemberTable {
  member_id: number;
  erased_ms: number;
}

export interface ErasedEventTable {
  seq: number;
  member_id: number;
  erased_ms: number;
}

export interface MergedMemberTable {
  /** Is no member any more. */
  member_id: number;
  into_id: number;
  merged_ms: number;
}

export interface RefoldTable {
  member_id: number;
}

/** live: what comes is known when it comes; history: it was known when it happened. */
export type DoorKind = "live" | "history";

export interface WriteKeyTable {
  id: GeneratedAlways<number>;
  hash: string;
  name: string;
  kind: DoorKind;
  created_ms: number;
  disabled_ms: number | null;
  used_ms: number | null;
  trusted: Generated<boolean>;
}

export interface WebhookEndpointTable {
  id: GeneratedAlways<number>;
  processor: Processor;
  name: string;
  secret: string;
  kind: DoorKind;
  options: Json<WebhookOptions>;
  created_ms: number;
  disabled_ms: number | null;
  used_ms: number | null;
}

export interface WebhookTable {
  processor: Processor;
  external_id: string;
  endpoint_id: number | null;
  member_id: number | null;
  type: string;
  event_ms: number;
  received_ms: number;
  status: "taken" | "ignored" | "quarantined";
  reason: string | null;
  body: string;
}

export interface EventTable {
  seq: GeneratedAlways<number>;
  source: EventSource;
  message_id: string;
  member_id: number;
  kind: string;
  event_ms: number;
  created_ms: number;
  value: number | null;
  payload: Json<
    | SubscriptionObservation
    | PaymentAttempt
    | PaymentReversal
    | RecordedActivity
    | Readonly<Record<string, unknown>>
  >;
}

export interface QuarantineTable {
  id: GeneratedAlways<number>;
  source: string;
  /** A code of quarantine.ts. */
  reason: string;
  message: string;
  body: string;
  received_ms: number;
}

export interface LogReaderTable {
  name: string;
  seq: number;
  updated_ms: number;
}

export interface MembershipChangeTable {
  member_id: number;
  n: number;
  subscription_id: string | null;
  processor: Processor | null;
  state: MembershipState;
  at_ms: number;
  known_ms: number;
  plan: string | null;
  billing_interval: BillingInterval | null;
  interval_count: number | null;
  price_minor: number | null;
  currency: string | null;
  period_end_ms: number | null;
}

export interface ActiveDayTable {
  member_id: number;
  day: number;
}

export interface FeatureStateTable {
  member_id: number;
  seq: number;
  state: Uint8Array;
  updated_ms: number;
}

export interface FeatureLogTable {
  id: GeneratedAlways<number>;
  member_id: number;
  at_ms: number;
  seq: number;
  model: string;
  version: number | null;
  feature_set: string;
  feature_values: Uint8Array;
  fallback: string | null;
  score: Json<unknown>;
}

export type ModelAlias = "candidate" | "challenger" | "champion";

export interface ModelVersionTable {
  model: string;
  version: number;
  created_ms: number;
  record: Json<unknown>;
  sha256: string;
  card: string;
}

export interface ModelAliasTable {
  model: string;
  alias: ModelAlias;
  version: number;
  at_ms: number;
}

export interface ModelMoveTable {
  id: GeneratedAlways<number>;
  model: string;
  alias: ModelAlias;
  from_version: number | null;
  to_version: number | null;
  at_ms: number;
  by_athlete_id: number | null;
  reason: string;
}

export interface ScoreTable {
  model: string;
  member_id: number;
  version: number;
  at_ms: number;
  result: Json<unknown>;
  risk: number;
  value_minor: number;
}

export interface ReportTable {
  name: string;
  key: string;
  built_ms: number;
  seq: number;
  payload: Json<unknown>;
}

export interface AthleteCellTable {
  athlete_id: number;
  cells: Uint8Array;
}

export interface MemberTables {
  athlete_cell: AthleteCellTable;
  member: MemberTable;
  identity: IdentityTable;
  erased_identity: ErasedIdentityTable;
  erased_member: ErasedMemberTable;
  erased_event: ErasedEventTable;
  merged_member: MergedMemberTable;
  refold: RefoldTable;
  write_key: WriteKeyTable;
  webhook_endpoint: WebhookEndpointTable;
  webhook: WebhookTable;
  event: EventTable;
  quarantine: QuarantineTable;
  log_reader: LogReaderTable;
  membership_change: MembershipChangeTable;
  active_day: ActiveDayTable;
  feature_state: FeatureStateTable;
  feature_log: FeatureLogTable;
  model_version: ModelVersionTable;
  model_alias: ModelAliasTable;
  model_move: ModelMoveTable;
  score: ScoreTable;
  report: ReportTable;
}
