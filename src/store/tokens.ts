/** Personal access tokens. Only the sha256 of a token is kept. */
import type { Athlete } from "./athletes.ts";

export interface AccessToken {
  readonly id: number;
  readonly athleteId: number;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly createdMs: number;
  /** Null: it does not expire. */
  readonly expiresMs: number | null;
  readonly usedMs: number | null;
}

export interface NewToken {
  readonly hash: string;
  readonly athleteId: number;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly expiresMs: number | null;
}

export interface Tokens {
  create(token: NewToken, now: number): Promise<AccessToken>;
  /** Undefined when it is unknown, expired, or its athlete disabled. Notes the use once a minute. */
  find(
    hash: string,
    now: number,
  ): Promise<{ readonly token: AccessToken; readonly athlete: Athlete } | undefined>;
  /** Newest first. */
  list(athleteId: number): Promise<readonly AccessToken[]>;
  /** @throws WaymarkError NOT_FOUND, also for another athlete's */
  remove(athleteId: number, id: number): Promise<void>;
}
