/**
 * The state that lives in the address bar, page by page: reload, back and share keep it. Unknown
 * words are dropped, so an old link never breaks a page.
 */
import { METRICS, type Metric } from "./track.ts";

export interface ListAddress {
  readonly q?: string | undefined;
  readonly sport?: string | undefined;
  /** First and last day, "2026-11-21". */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** Only one's own. */
  readonly who?: "me" | undefined;
}

export interface UploadsAddress {
  readonly show?: "failed" | undefined;
}

export interface SignInAddress {
  /** The page that was asked for before signing in. */
  readonly next?: string | undefined;
  /** A printed link that was used already. */
  readonly link?: "spent" | undefined;
}

export interface SignUpAddress {
  readonly invitation?: string | undefined;
}

export const TABS = ["splits", "efforts", "match", "repairs", "data"] as const;
export type Tab = (typeof TABS)[number];

export interface ActivityAddress {
  /** What colours the line; absent is the page's own choice. */
  readonly colour?: Metric | "plain" | undefined;
  /** The recorded line beside the matched one. */
  readonly raw?: boolean | undefined;
  readonly tab?: Tab | undefined;
  /** The chosen part, metres from the start: "1200-3400". */
  readonly part?: string | undefined;
}

export function readListAddress(search: Record<string, unknown>): ListAddress {
  return {
    q: word(search.q),
    sport: word(search.sport),
    from: day(search.from),
    to: day(search.to),
    who: oneOf(["me"] as const, search.who),
  };
}

export function readUploadsAddress(search: Record<string, unknown>): UploadsAddress {
  return { show: oneOf(["failed"] as const, search.show) };
}

export function readSignInAddress(search: Record<string, unknown>): SignInAddress {
  const next = word(search.next);
  // Only a page of ours: an address of another host would make the sign-in its door.
  return {
    next: next && /^\/(?![/\\])/.test(next) ? next : undefined,
    link: oneOf(["spent"] as const, search.link),
  };
}

export function readSignUpAddress(search: Record<string, unknown>): SignUpAddress {
  return { invitation: word(search.invitation) };
}

export function readActivityAddress(search: Record<string, unknown>): ActivityAddress {
  const part = word(search.part);
  return {
    colour: oneOf([...METRICS, "plain"] as const, search.colour),
    raw: search.raw === true || search.raw === "true" ? true : undefined,
    tab: oneOf(TABS, search.tab),
    part: part && /^\d{1,8}-\d{1,8}$/.test(part) ? part : undefined,
  };
}

/** [from, to] in metres, ascending, or undefined. */
export function readPart(part: string | undefined): readonly [number, number] | undefined {
  if (!part) return undefined;
  const [a, b] = part.split("-").map(Number);
  return a! < b! ? [a!, b!] : undefined;
}

function day(value: unknown): string | undefined {
  const text = word(value);
  return text && /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text))
    ? text
    : undefined;
}

export function word(value: unknown): string | undefined {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value.slice(0, 200) : undefined;
}

export function oneOf<T extends string>(words: readonly T[], value: unknown): T | undefined {
  return words.find((known) => known === value);
}
