/** Who did what to whose data, for as long as the store lives. Never holds a secret. */
export interface AuditEntry {
  readonly atMs: number;
  /** Null: the command line or the server itself. */
  readonly athleteId: number | null;
  /** "session.create", "activity.delete" … */
  readonly action: string;
  /** What it was done to: "activity 12". */
  readonly subject: string;
  readonly detail?: Readonly<Record<string, unknown>>;
}

export interface AuditLog {
  add(entry: AuditEntry): Promise<void>;
  /** Newest first. */
  list(options?: {
    readonly limit?: number;
    readonly athleteId?: number;
  }): Promise<readonly AuditEntry[]>;
}
