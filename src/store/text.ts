/** What text must be before a database takes it, and how words are compared. */

/** PostgreSQL holds no NUL, and no half of a surrogate pair. */
export function cleanText(text: string): string {
  return text.replaceAll("\0", "").toWellFormed();
}

/** JSON whose every text can be stored, names of properties too. */
export function cleanJson(value: unknown): string {
  return JSON.stringify(value, (_, v: unknown) => {
    if (typeof v === "string") return cleanText(v);
    const isRecord = typeof v === "object" && v !== null && !Array.isArray(v);
    if (!isRecord || Object.keys(v).every((name) => cleanText(name) === name)) return v;
    return Object.fromEntries(Object.entries(v).map(([name, of]) => [cleanText(name), of]));
  });
}

/** Lower case without accents. */
export function plain(text: string): string {
  return cleanText(text).normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

/** A pattern of LIKE for texts that hold this one. */
export function likePattern(text: string): string {
  return `%${text.replace(/[\\%_]/g, "\\$&")}%`;
}
