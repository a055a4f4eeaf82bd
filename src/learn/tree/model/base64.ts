/** Bytes in JSON: base64 (RFC 4648, §4) by what every browser and Node have. O(bytes). */
import { WaymarkError } from "../../../base/error.ts";

/** Arguments that one call takes without deep stacks. */
const CHUNK = 8192;

export function toBase64(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += CHUNK) {
    parts.push(String.fromCharCode(...bytes.subarray(at, at + CHUNK)));
  }
  return btoa(parts.join(""));
}

/** @throws WaymarkError TABLE_INVALID when the text is no base64 */
export function fromBase64(text: string): Uint8Array {
  let letters: string;
  try {
    letters = atob(text);
  } catch (cause) {
    throw new WaymarkError("TABLE_INVALID", "the text is not base64", { cause });
  }
  return Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
}
