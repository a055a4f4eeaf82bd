/** Signed-in browsers. Only the sha256 of a session's token is kept. */
import type { Athlete } from "./athletes.ts";

export interface Session {
  readonly hash: string;
  readonly csrfSecret: string;
  readonly athlete: Athlete;
  readonly createdMs: number;
  readonly expiresMs: number;
  readonly seenMs: number;
}

export interface NewSession {
  /** sha256 of the cookie's token, hex. */
  readonly hash: string;
  readonly csrfSecret: string;
  readonly athleteId: number;
  readonly expiresMs: number;
}

export interface Sessions {
  create(session: NewSession, now: number): Promise<void>;
  /** Undefined when it is unknown, expired, or its athlete disabled. */
  find(hash: string, now: number): Promise<Session | undefined>;
  /** Notes that it was used, and when it ends now. */
  touch(hash: string, now: number, expiresMs: number): Promise<void>;
  remove(hash: string): Promise<void>;
  /** Every session of an athlete, but for one: after a change of password. */
  removeAll(athleteId: number, exceptHash?: string): Promise<void>;
  /** Forgets those that have expired. */
  purge(now: number): Promise<number>;
}
