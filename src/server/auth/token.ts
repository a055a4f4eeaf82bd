/** Makes personal access tokens: for the API and for the command line. */
import type { Scope } from "../../schema/account.ts";
import type { Store } from "../../store/store.ts";
import type { AccessToken } from "../../store/tokens.ts";
import { hashSecret, newSecret } from "./secret.ts";

const DAY_MS = 86_400_000;

export interface TokenWish {
  readonly athleteId: number;
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Days until it expires; null: it does not. */
  readonly days: number | null;
}

/** @returns the row, and the token itself, which nothing keeps */
export async function createToken(
  { tokens, audit }: Pick<Store, "tokens" | "audit">,
  { athleteId, name, scopes, days }: TokenWish,
  now: number,
): Promise<{ readonly row: AccessToken; readonly token: string }> {
  const token = newSecret("wm_");
  const expiresMs = days === null ? null : now + days * DAY_MS;
  const hash = hashSecret(token);
  const unique = [...new Set(scopes)];
  const row = await tokens.create({ hash, athleteId, name, scopes: unique, expiresMs }, now);
  const subject = `token ${row.id}`;
  await audit.add({ atMs: now, athleteId, action: "token.create", subject, detail: { scopes } });
  return { row, token };
}
