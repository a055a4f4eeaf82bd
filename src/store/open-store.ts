/**
 * Opens the store of a data folder. With PGlite the folder is locked: one process owns it. With
 * PostgreSQL any number of processes share the database, and the folder of blobs.
 */
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Log, silentLog } from "../base/index.ts";
import { createAthletes } from "./athletes.ts";
import { createAuditLog } from "./audit.ts";
import { type BlobRows, createBlobRows } from "./blob-rows.ts";
import type { BlobStore } from "./blob-store.ts";
import type { Database } from "./database.ts";
import { createEventLog } from "./event-log.ts";
import { createFeatureLogRows } from "./feature-log.ts";
import { createFeatureStates } from "./feature-states.ts";
import { openFolderBlobStore } from "./folder-blob-store.ts";
import { createInvitations } from "./invitations.ts";
import { acquireLock } from "./lock.ts";
import { createMemberViews } from "./member-list.ts";
import { createMembers } from "./members.ts";
import { createMemberships } from "./memberships.ts";
import { createModels } from "./models.ts";
import { type OpenDatabase, openDatabase } from "./open-database.ts";
import { createQuarantine } from "./quarantine.ts";
import { createReports } from "./reports.ts";
import { createScores } from "./scores.ts";
import { createSessions } from "./sessions.ts";
import { createSettings } from "./settings.ts";
import { createActivities } from "./sql-activities.ts";
import { createRecordings } from "./sql-recordings.ts";
import type { Store } from "./store.ts";
import { createTokens } from "./tokens.ts";
import { createUploads } from "./uploads.ts";
import { createWebhookEndpoints } from "./webhook-endpoints.ts";
import { createWebhooks } from "./webhooks.ts";
import { createWriteKeys } from "./write-keys.ts";

export interface StoreOptions {
  /** Holds `db/`, `blob/` and the lock; made when it is not there. */
  readonly dataFolder: string;
  /** postgres://… instead of `db/`. */
  readonly databaseUrl?: string | undefined;
  readonly log?: Log | undefined;
}

/** @throws WaymarkError STORE_LOCKED, STORE_DAMAGED, STORE_UNAVAILABLE, STORE_FOREIGN */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { dataFolder, databaseUrl, log = silentLog } = options;
  mkdirSync(dataFolder, { recursive: true });
  let database: OpenDatabase | undefined;
  let isLost = false;
  const onLost = (): void => {
    const reason = `${dataFolder} was taken over by another process; nothing more is written to it`;
    log.error(reason);
    isLost = true;
    database?.abandon(reason).catch((error: Error) => log.error(error.message));
  };
  const lock = databaseUrl === undefined ? acquireLock(dataFolder, onLost) : undefined;
  try {
    database = await openDatabase({ dataFolder, url: databaseUrl, log });
    if (isLost) onLost();
    const store = createStore(database, openFolderBlobStore(join(dataFolder, "blob")));
    return {
      ...store,
      announce: (url) => lock?.announce(url),
      async close() {
        try {
          await store.close();
        } finally {
          lock?.release();
        }
      },
    };
  } catch (error) {
    lock?.release();
    throw error;
  }
}

/** Whether a store was ever made there. */
export function isStoreFolder(dataFolder: string): boolean {
  return existsSync(join(dataFolder, "db"));
}

/** A store of these parts; closing it closes the database. */
export function createStore(database: Database, blobs: BlobStore): Store {
  const blobRows: BlobRows = createBlobRows(database, blobs);
  return {
    database,
    blobs,
    athletes: createAthletes(database, blobRows),
    sessions: createSessions(database),
    tokens: createTokens(database),
    invitations: createInvitations(database),
    uploads: createUploads(database, blobRows),
    recordings: createRecordings(database, blobRows),
    activities: createActivities(database, blobRows),
    settings: createSettings(database),
    audit: createAuditLog(database),
    events: createEventLog(database),
    memberViews: createMemberViews(database),
    members: createMembers(database),
    memberships: createMemberships(database),
    reports: createReports(database),
    models: createModels(database, blobs, blobRows),
    scores: createScores(database),
    writeKeys: createWriteKeys(database),
    quarantine: createQuarantine(database),
    webhookEndpoints: createWebhookEndpoints(database),
    webhooks: createWebhooks(database),
    featureStates: createFeatureStates(database),
    featureLog: createFeatureLogRows(database),
    sweep: (now) => blobRows.sweep(now),
    announce() {},
    close: () => database.close(),
  };
}
