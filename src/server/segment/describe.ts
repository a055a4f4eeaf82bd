/** What identify's traits say of a member (Segment's reserved traits), as far as they are what they must be. */
import type { MemberDescription } from "../../store/describe-members.ts";
import { readTime } from "./clock.ts";
import { isJson, type Json } from "./json.ts";

/** @param atMs when it was said */
export function describe(traits: Json, context: Json, atMs: number): MemberDescription {
  const { address } = traits;
  const country = isJson(address) ? (address.country ?? traits.country) : traits.country;
  const createdAt = traits.createdAt ?? traits.created_at;
  const signedUpMs = createdAt === undefined ? Number.NaN : readMoment(createdAt);
  return {
    name:
      text(traits.name) ??
      text([text(traits.firstName), text(traits.lastName)].filter(Boolean).join(" ")),
    email: text(traits.email, 254),
    country: text(country, 60),
    timeZone: text(traits.timezone ?? context.timezone, 60),
    platform: platformOf(traits, context),
    signedUpMs: Number.isNaN(signedUpMs) ? undefined : signedUpMs,
    traits,
    atMs,
  };
}

/** Segment's docs show ISO text; many apps send epoch seconds. */
function readMoment(value: unknown): number {
  return typeof value === "number" && value < 1e11 ? readTime(value * 1000) : readTime(value);
}

/** "ios", "android", "web", or what the app says. */
function platformOf(traits: Json, { device, os, library }: Json): string | undefined {
  const said = text(traits.platform, 30);
  if (said !== undefined) return said.toLowerCase();
  const type = isJson(device) ? device.type : undefined;
  const system = isJson(os) ? os.name : undefined;
  for (const each of [type, system]) {
    if (typeof each !== "string") continue;
    if (/^(ios|ipados|iphone|ipad)/i.test(each)) return "ios";
    if (/^android/i.test(each)) return "android";
  }
  return isJson(library) && library.name === "analytics.js" ? "web" : undefined;
}

function text(value: unknown, most = 200): string | undefined {
  if (typeof value !== "string") return undefined;
  const trimmed = value.trim();
  return trimmed === "" || trimmed.length > most ? undefined : trimmed;
}
