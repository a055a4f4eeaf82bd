/** Compares secrets in a time that tells nothing of them. */
import { createHash, timingSafeEqual } from "node:crypto";

export function isSameSecret(given: string, secret: string): boolean {
  // Hashes have one length; comparing the texts themselves would tell theirs.
  const hash = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(given), hash(secret));
}
