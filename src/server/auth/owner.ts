/**
 * The owner of a server on its own machine: the account that the printed link and the command line's
 * local token sign in as. It is made when it first enters, so that a store stays empty until then.
 */
import { WaymarkError } from "../../base/error.ts";
import type { Athlete } from "../../store/athletes.ts";
import type { Store } from "../../store/store.ts";

/** Its id, as a setting: the account may get another name, an email and a password. */
const OWNER_KEY = "owner";
/** What `waymark import` calls whose recordings they are. */
export const OWNER_NAME = "you";

/** @throws WaymarkError FORBIDDEN when the owner's account was disabled */
export async function openOwner(
  { athletes, settings }: Pick<Store, "athletes" | "settings">,
  now: number,
): Promise<Athlete> {
  const id = await settings.get(OWNER_KEY);
  const found = typeof id === "number" ? await athletes.get(id).catch(unlessMissing) : undefined;
  const owner = found ?? (await claim(athletes, settings, now));
  if (owner.disabledMs !== null) {
    throw new WaymarkError("FORBIDDEN", "the account of this server's owner is disabled");
  }
  return owner;
}

async function claim(
  athletes: Store["athletes"],
  settings: Store["settings"],
  now: number,
): Promise<Athlete> {
  const { id } = await athletes.local(OWNER_NAME, now);
  const owner = await athletes.update(id, { role: "admin" });
  await settings.set(OWNER_KEY, id, now);
  return owner;
}

function unlessMissing(error: unknown): undefined {
  if (error instanceof WaymarkError && error.code === "NOT_FOUND") return undefined;
  throw error;
}
