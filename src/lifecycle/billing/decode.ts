/** Base64 and signed tokens, opened without a check: whoever calls has checked the signature around them. */
import { type Fields, fieldsOf } from "./field.ts";
import { invalid } from "./reading.ts";

/** JSON in base64, plain or of URLs. @throws WaymarkError BILLING_INVALID */
export function decodeJson(base64: string, path: string): Fields {
  try {
    const binary = atob(base64.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (c) => c.charCodeAt(0));
    return fieldsOf(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)), path);
  } catch {
    throw invalid(`'${path}' holds no JSON object in base64`);
  }
}

/** The payload of a JWS in its compact form. @throws WaymarkError BILLING_INVALID */
export function decodeJws(token: string, path: string): Fields {
  const parts = token.split(".");
  if (parts.length !== 3) throw invalid(`'${path}' is not a signed token`);
  return decodeJson(parts[1]!, path);
}
