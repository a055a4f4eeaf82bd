/** Makes write keys: for the API and for the command line. */
import type { WriteKeyAnswer } from "../../schema/member.ts";
import type { DoorKind } from "../../store/member-table.ts";
import type { Store } from "../../store/store.ts";
import type { WriteKey } from "../../store/write-keys.ts";
import { hashSecret, newSecret } from "../auth/secret.ts";

/**
 * @param athleteId who makes it; null: the command line
 * @returns the row, and the key itself, which nothing keeps
 */
export async function createWriteKey(
  { writeKeys, audit }: Pick<Store, "writeKeys" | "audit">,
  wish: {
    readonly name: string;
    readonly kind: DoorKind;
    readonly isTrusted?: boolean | undefined;
    readonly athleteId: number | null;
  },
  now: number,
): Promise<{ readonly row: WriteKey; readonly writeKey: string }> {
  const writeKey = newSecret("wk_");
  const { name, kind, isTrusted, athleteId } = wish;
  const row = await writeKeys.create({ hash: hashSecret(writeKey), name, kind, isTrusted }, now);
  const subject = `write key ${row.id}`;
  const detail = { kind, isTrusted: row.isTrusted };
  await audit.add({ atMs: now, athleteId, action: "write-key.create", subject, detail });
  return { row, writeKey };
}

export function toWriteKeyAnswer({ id, ...key }: WriteKey): WriteKeyAnswer {
  return { id: String(id), ...key };
}
