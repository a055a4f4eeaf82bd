/** Invitations to open an account, each good for one. Only the sha256 of a code is kept. */
import type { Athlete, NewAthlete } from "./athletes.ts";
import type { Role } from "./table.ts";

export interface Invitation {
  readonly id: number;
  readonly email: string | null;
  readonly role: Role;
  readonly createdBy: number | null;
  readonly createdMs: number;
  readonly expiresMs: number;
  readonly acceptedMs: number | null;
  readonly acceptedBy: number | null;
}

export interface NewInvitation {
  readonly hash: string;
  readonly email?: string | null;
  readonly role?: Role;
  readonly createdBy?: number | null;
  readonly expiresMs: number;
}

export interface Invitations {
  create(invitation: NewInvitation, now: number): Promise<Invitation>;
  /** Undefined when it is unknown, expired or used. */
  find(hash: string, now: number): Promise<Invitation | undefined>;
  /**
   * Opens the account and uses the invitation up, together; of two who try at once one succeeds. The
   * role is the invitation's.
   *
   * @throws WaymarkError NOT_FOUND, EMAIL_TAKEN
   */
  accept(hash: string, athlete: Omit<NewAthlete, "role">, now: number): Promise<Athlete>;
  /** Newest first. */
  list(): Promise<readonly Invitation[]>;
  /** @throws WaymarkError NOT_FOUND */
  remove(id: number): Promise<void>;
}
