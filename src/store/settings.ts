/** What an administrator set: small values by name, kept as JSON. */
export interface Settings {
  /** Undefined when it was never set. */
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown, now: number): Promise<void>;
  all(): Promise<Readonly<Record<string, unknown>>>;
}
