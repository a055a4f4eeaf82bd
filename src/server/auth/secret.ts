/** Secrets that are handed out once: 256 random bits. The store keeps their sha256, which needs no salt. */
import { createHash, randomBytes } from "node:crypto";

/** @param prefix tells people, and scanners of leaked secrets, what it is */
export function newSecret(prefix = ""): string {
  return prefix + randomBytes(32).toString("base64url");
}

/** 64 lower-case hex digits. */
export function hashSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}
