/**
 * The write key of a request: where it may stand, and whose door it opens. Keys are remembered for some
 * seconds, so that a batch does not wait for the database only to ask who sends it, and an app that goes on
 * with a key that was ended does not keep it busy.
 */
import type { FastifyRequest } from "fastify";
import type { WriteKey, WriteKeys } from "../../store/write-keys.ts";
import { hashSecret } from "../auth/secret.ts";

/** What came through it is read so. */
export type OpenDoor = Pick<WriteKey, "kind" | "isTrusted">;

export interface WriteKeyDoor {
  /** Undefined for a key that is unknown, or none. */
  open(key: string | undefined, now: number): Promise<OpenDoor | undefined>;
  /** Asks the store again: a key was removed. */
  forget(): void;
}

export const writeKeyDefaults = {
  /** Milliseconds until another process's removal of a key is heard of. */
  rememberMs: 10_000,
  /** Keys remembered, and as many that are none: inventing keys drives no real one out. */
  keys: 1000,
  /** Characters of a key: ours have 46. */
  chars: 200,
} as const;

export function createWriteKeyDoor(writeKeys: WriteKeys): WriteKeyDoor {
  const known = new Map<string, { readonly door: OpenDoor; readonly untilMs: number }>();
  /** Until when they are not asked about again. A key is made at random: none is tried before it is there. */
  const unknown = new Map<string, number>();
  return {
    async open(key, now) {
      if (key === undefined || key === "" || key.length > writeKeyDefaults.chars) return undefined;
      const hash = hashSecret(key);
      const remembered = known.get(hash);
      if (remembered !== undefined && now < remembered.untilMs) return remembered.door;
      known.delete(hash);
      if (now < (unknown.get(hash) ?? Number.NEGATIVE_INFINITY)) return undefined;
      const found = await writeKeys.find(hash, now);
      if (!found) {
        if (unknown.size >= writeKeyDefaults.keys) unknown.clear();
        unknown.set(hash, now + writeKeyDefaults.rememberMs);
        return undefined;
      }
      unknown.delete(hash);
      if (known.size >= writeKeyDefaults.keys) known.clear();
      known.set(hash, { door: found, untilMs: now + writeKeyDefaults.rememberMs });
      return found;
    },
    forget() {
      known.clear();
      unknown.clear();
    },
  };
}

/** In `Authorization` as Basic (the key is the user name) or Bearer, or else in the body. */
export function writeKeyOf(request: FastifyRequest, body: unknown): string | undefined {
  const { authorization } = request.headers;
  const [, scheme = "", value = ""] = /^(\w+) +(\S+) *$/.exec(authorization ?? "") ?? [];
  if (/^bearer$/i.test(scheme)) return value;
  if (/^basic$/i.test(scheme)) {
    const pair = Buffer.from(value, "base64").toString("utf8");
    const name = pair.split(":", 1)[0];
    if (name) return name;
  }
  const inBody = (body as { readonly writeKey?: unknown } | null)?.writeKey;
  return typeof inBody === "string" ? inBody : undefined;
}
