/**
 * Everything that a server keeps, behind one door: rows in PGlite or PostgreSQL, bytes in files by
 * their hash. Every promise of a write resolves when what it wrote survives a killed process; on
 * PostgreSQL also a power cut. See docs/internals/store.md.
 */
import type { Activities } from "./activities.ts";
import type { Athletes } from "./athletes.ts";
import type { AuditLog } from "./audit.ts";
import type { BlobStore } from "./blob-store.ts";
import type { Database } from "./database.ts";
import type { EventLog } from "./event-log.ts";
import type { FeatureLogRows } from "./feature-log.ts";
import type { FeatureStates } from "./feature-states.ts";
import type { Invitations } from "./invitations.ts";
import type { MemberViews } from "./member-list.ts";
import type { Members } from "./members.ts";
import type { Memberships } from "./memberships.ts";
import type { Models } from "./models.ts";
import type { Quarantine } from "./quarantine.ts";
import type { Recordings } from "./recordings.ts";
import type { Reports } from "./reports.ts";
import type { Scores } from "./scores.ts";
import type { Sessions } from "./sessions.ts";
import type { Settings } from "./settings.ts";
import type { Tokens } from "./tokens.ts";
import type { Uploads } from "./uploads.ts";
import type { WebhookEndpoints } from "./webhook-endpoints.ts";
import type { Webhooks } from "./webhooks.ts";
import type { WriteKeys } from "./write-keys.ts";

export interface Store {
  readonly database: Database;
  readonly blobs: BlobStore;
  readonly athletes: Athletes;
  readonly sessions: Sessions;
  readonly tokens: Tokens;
  readonly invitations: Invitations;
  readonly uploads: Uploads;
  readonly recordings: Recordings;
  readonly activities: Activities;
  readonly settings: Settings;
  readonly audit: AuditLog;
  readonly events: EventLog;
  readonly members: Members;
  readonly memberViews: MemberViews;
  readonly memberships: Memberships;
  readonly reports: Reports;
  readonly models: Models;
  readonly scores: Scores;
  readonly writeKeys: WriteKeys;
  readonly quarantine: Quarantine;
  readonly webhookEndpoints: WebhookEndpoints;
  readonly webhooks: Webhooks;
  readonly featureStates: FeatureStates;
  readonly featureLog: FeatureLogRows;
  /** Removes raw bytes that nothing refers to any more: after a start, and once a day. */
  sweep(now: number): Promise<number>;
  /**
   * Tells other programs on this machine where this one answers: with PGlite they cannot open the
   * folder themselves (`lockOwner` of lock.ts gives them the address).
   */
  announce(url: string): void;
  /** Waits for what is under way and gives the data folder free. */
  close(): Promise<void>;
}
