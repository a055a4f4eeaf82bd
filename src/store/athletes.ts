/** Accounts. An athlete without an email is one that the command line imported for on this machine. */
import type { Role } from "./table.ts";

export interface Athlete {
  readonly id: number;
  readonly email: string | null;
  readonly name: string;
  readonly role: Role;
  readonly passwordHash: string | null;
  readonly createdMs: number;
  readonly disabledMs: number | null;
}

export interface NewAthlete {
  readonly name: string;
  readonly email?: string | null;
  readonly role?: Role;
  readonly passwordHash?: string | null;
}

export interface Athletes {
  /** @throws WaymarkError EMAIL_TAKEN */
  create(athlete: NewAthlete, now: number): Promise<Athlete>;
  /** @throws WaymarkError NOT_FOUND */
  get(id: number): Promise<Athlete>;
  /** Case does not matter. */
  byEmail(email: string): Promise<Athlete | undefined>;
  /** The account without email of that name, made when there is none. */
  local(name: string, now: number): Promise<Athlete>;
  /** In the order in which they came. */
  list(): Promise<readonly Athlete[]>;
  /** @throws WaymarkError NOT_FOUND, EMAIL_TAKEN */
  update(id: number, change: Partial<Omit<Athlete, "id" | "createdMs">>): Promise<Athlete>;
  /** Deletes the account and everything that it owns, raw bytes included. */
  remove(id: number): Promise<void>;
}
