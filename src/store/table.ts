/**
 * The tables as Kysely sees them: one schema for PGlite and PostgreSQL, made by the numbered files
 * in `migration/`. Every int8 arrives as a number (ids and times stay below 2^53), times are epoch
 * milliseconds UTC, bytes are Uint8Array, and a hash is 64 lower-case hex digits.
 */
import type { ColumnType, Generated, GeneratedAlways } from "kysely";
import type { ActivityDetail, ActivitySummary } from "../schema/activity.ts";
import type { ImportedFile } from "../schema/import.ts";
import type { MemberTables } from "./member-table.ts";

export const ROLES = ["athlete", "growth", "admin"] as const;
export type Role = (typeof ROLES)[number];

export const VISIBILITIES = ["everyone", "only_me"] as const;
export type Visibility = (typeof VISIBILITIES)[number];

export const UNITS = ["metric", "imperial"] as const;
export type Units = (typeof UNITS)[number];

export const UPLOAD_STATUSES = ["received", "processing", "ready", "duplicate", "failed"] as const;
export type UploadStatus = (typeof UPLOAD_STATUSES)[number];

/** Written as text by us, because drivers disagree on arrays; read as values. */
export type Json<T> = ColumnType<T, string, string>;

export interface AthleteTable {
  id: GeneratedAlways<number>;
  /** Unique whatever its case; null for an account that only imports on this machine. */
  email: string | null;
  name: string;
  /** The name in lower case without accents. */
  search: string;
  role: Role;
  /** With its salt and cost (server/auth/password.ts); null: no password sign-in. */
  password_hash: string | null;
  created_ms: number;
  /** Since when the account may not sign in; null: it may. */
  disabled_ms: number | null;
  units: Generated<Units>;
  /** Of new activities, where nothing else is said. */
  visibility: Generated<Visibility>;
}

export interface SessionTable {
  /** sha256 of the cookie's token. */
  hash: string;
  athlete_id: number;
  created_ms: number;
  expires_ms: number;
  seen_ms: number;
}

export interface AccessTokenTable {
  id: GeneratedAlways<number>;
  /** sha256 of the token. */
  hash: string;
  athlete_id: number;
  name: string;
  scopes: Json<readonly string[]>;
  created_ms: number;
  expires_ms: number | null;
  used_ms: number | null;
}

export interface InvitationTable {
  id: GeneratedAlways<number>;
  /** sha256 of the code in the link. */
  hash: string;
  /** Whom it is for; null: whoever has the link. */
  email: string | null;
  role: Role;
  /** Null when the command line made it. */
  created_by: number | null;
  created_ms: number;
  expires_ms: number;
  accepted_ms: number | null;
  accepted_by: number | null;
}

/** Bytes that a row refers to; the files themselves are the BlobStore's. */
export interface BlobTable {
  sha256: string;
  byte_length: number;
  created_ms: number;
}

export interface UploadTable {
  /** The number that Strava's clients ask for. */
  id: GeneratedAlways<number>;
  athlete_id: number;
  external_id: string | null;
  file_name: string;
  /** Null for a file that was refused before its bytes were kept. */
  sha256: string | null;
  byte_length: number;
  /** "fit", "gpx.gz" … as the client said; "" when it did not. */
  data_type: string;
  /** What the client asked of the activity: name, description, sport … */
  fields: Json<UploadFields>;
  status: UploadStatus;
  error_code: string | null;
  error_message: string | null;
  error_choices: Json<readonly string[]>;
  /** Activities that came of it; of a duplicate, those that stand for it. */
  activity_ids: Json<readonly number[]>;
  attempts: Generated<number>;
  created_ms: number;
  updated_ms: number;
}

export interface UploadFields {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly sport?: string | undefined;
  readonly visibility?: Visibility | undefined;
  readonly commute?: boolean | undefined;
  readonly trainer?: boolean | undefined;
}

/** A file of one athlete that was read to its end, and what came of it. */
export interface RecordingTable {
  athlete_id: number;
  sha256: string;
  /** Which engine read it (jobs/read-with.ts), and the network that it was matched on. */
  engine: number;
  network_version: string | null;
  file_name: string;
  result: Json<ImportedFile>;
  created_ms: number;
}

export interface ActivityTable {
  /** The number that Strava's clients ask for; its decimal digits are the id on our wire. */
  id: GeneratedAlways<number>;
  athlete_id: number;
  /** The recording that it came from, and which part of it, from 0. */
  sha256: string;
  part: number;
  title: string;
  description: string;
  sport: string;
  start_ms: number;
  end_ms: number;
  distance_m: number;
  elapsed_s: number;
  moving_s: number;
  gain_m: number | null;
  loss_m: number | null;
  average_heart_rate_bpm: number | null;
  points: number;
  has_position: boolean;
  repair_count: number;
  /** Of the current match; 0 without one. */
  matched_m: number;
  off_network_m: number;
  line: string;
  west: number | null;
  south: number | null;
  east: number | null;
  north: number | null;
  /** Title, sport and description in lower case without accents. */
  search: string;
  /** The athlete chose title or sport: another reading of the file leaves both. */
  is_edited: Generated<boolean>;
  /** The newest network on which a match was tried; some sports have none. */
  tried_network: string | null;
  visibility: Visibility;
  hidden_start_m: Generated<number>;
  hidden_end_m: Generated<number>;
  /** What others see where ends are hidden; null: what the owner sees. */
  shared: Json<SharedSummary> | null;
  /** The rest of ActivityDetail: without summary and match. */
  detail: Json<DetailRest>;
  created_ms: number;
  updated_ms: number;
}

export type DetailRest = Omit<ActivityDetail, keyof ActivitySummary | "match">;

/** The parts of a summary that hidden ends change. */
export interface SharedSummary {
  readonly line: string;
  readonly bbox: readonly [number, number, number, number] | null;
}

export interface ActivityStreamTable {
  activity_id: number;
  /** stream-columns.ts in a zstd frame. */
  columns: Uint8Array;
}

export interface MatchTable {
  activity_id: number;
  network_version: string;
  profile: string;
  sigma_m: number;
  rms_m: number;
  matched_m: number;
  off_network_m: number;
  /** Piece[] as JSON in a zstd frame. */
  pieces: Uint8Array;
  /** At most one of an activity: the one that is served. */
  is_current: boolean;
  created_ms: number;
}

export interface NetworkVersionTable {
  version: string;
  created_ms: number;
  /** When every activity had its match on it, and it began to be served; null: not yet. */
  current_ms: number | null;
}

export interface SettingTable {
  key: string;
  value: Json<unknown>;
  updated_ms: number;
}

export interface AuditTable {
  id: GeneratedAlways<number>;
  at_ms: number;
  /** Who did it; null: the command line or the server itself. */
  athlete_id: number | null;
  /** "session.create", "activity.delete" … */
  action: string;
  /** What it was done to: "activity 12". */
  subject: string;
  detail: Json<Readonly<Record<string, unknown>>>;
}

export interface JobTable {
  id: GeneratedAlways<number>;
  kind: string;
  key: string | null;
  data: Json<unknown>;
  state: "waiting" | "running" | "done" | "failed" | "cancelled";
  due_ms: number;
  tries: Generated<number>;
  tries_max: number;
  deaths: Generated<number>;
  claim: string | null;
  is_cancelled: Generated<boolean>;
  progress: Json<unknown> | null;
  error: Json<unknown> | null;
  created_ms: number;
  updated_ms: number;
}

export interface Tables extends MemberTables {
  job: JobTable;
  athlete: AthleteTable;
  session: SessionTable;
  access_token: AccessTokenTable;
  invitation: InvitationTable;
  blob: BlobTable;
  upload: UploadTable;
  recording: RecordingTable;
  activity: ActivityTable;
  activity_stream: ActivityStreamTable;
  match: MatchTable;
  network_version: NetworkVersionTable;
  setting: SettingTable;
  audit: AuditTable;
}
