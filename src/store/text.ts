/** What text must be before a database takes it, and how words are compared. */

/** PostgreSQL holds no NUL, and no half of a surrogate pair. */
export function cleanText(text: string): string {
  return text.replaceAll("\0", "").toWellFormed();
}

/** JSON whose every text can be stored. */
export function cleanJson(value: unknown): string {
  return JSON.stringify(value, (_, v: unknown) => (typeof v === "string" ? cleanText(v) : v));
}

/** Lower case without accents. */
export function plain(text: string): string {
  return cleanText(text).normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

/** A pattern of LIKE for texts that hold this one. */
export function likePattern(text: string): string {
  return `%${text.replace(/[\\%_]/g, "\\$&")}%`;
}
