/**
 * Signatures of the App Store: a JWS (RFC 7515, ES256) that carries its own chain of three certificates.
 * It is Apple's when the chain ends in a root that is trusted here, each certificate was signed by the
 * next, both others carry Apple's marks for this use, and all were valid when it was signed. Whether a
 * certificate was revoked is not asked: that would need the network.
 *
 * @see developer.apple.com/documentation/appstoreserverapi/jwsdecodedheader
 */
import { verify, X509Certificate } from "node:crypto";
import { WaymarkError } from "../../base/error.ts";

/** DER of Apple's object identifiers: a receipt's signer, and the authority that names such signers. */
const SIGNER_MARK = Buffer.from("060a2a864886f76364060b01", "hex");
const AUTHORITY_MARK = Buffer.from("060a2a864886f76364060201", "hex");

/** Signed payloads are some kilobytes. */
const TOKEN_LENGTH = 500_000;

/** @throws WaymarkError USAGE when the text holds no certificate */
export function readCertificates(pem: string): readonly X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  try {
    if (blocks.length > 0) return blocks.map((block) => new X509Certificate(block));
  } catch {
    // Said below.
  }
  throw new WaymarkError("USAGE", "root certificates are PEM: -----BEGIN CERTIFICATE----- …");
}

/**
 * @param roots trusted ones
 * @returns the payload, as Apple signed it
 * @throws WaymarkError WEBHOOK_FORGED
 */
export function openAppleJws(token: string, roots: readonly X509Certificate[]): unknown {
  if (token.length > TOKEN_LENGTH) throw forged("the signed payload is too long");
  const [head = "", body = "", signature = "", more] = token.split(".");
  if (more !== undefined) throw forged("the signed payload has more than three parts");
  const header = parse(head, "header") as { alg?: unknown; x5c?: unknown };
  if (header.alg !== "ES256") throw forged("the signed payload is not signed by ES256");
  const [signer, authority, root] = readChain(header.x5c);
  if (!roots.some((trusted) => trusted.raw.equals(root.raw))) {
    throw forged("its certificates lead to a root that is not trusted here");
  }
  const isSigned =
    isIssuedBy(signer, authority) && isIssuedBy(authority, root) && authority.ca && root.ca;
  if (!isSigned) throw forged("one of its certificates was not signed by the next");
  if (!signer.raw.includes(SIGNER_MARK) || !authority.raw.includes(AUTHORITY_MARK)) {
    throw forged("its certificates are not for the App Store's signatures");
  }
  const key = signer.publicKey;
  const isValid =
    key.asymmetricKeyDetails?.namedCurve === "prime256v1" &&
    verify(
      "sha256",
      Buffer.from(`${head}.${body}`),
      { key, dsaEncoding: "ieee-p1363" },
      Buffer.from(signature, "base64url"),
    );
  if (!isValid) throw forged("the signature does not fit the payload");
  const payload = parse(body, "payload") as { signedDate?: unknown };
  const signedMs = Number(payload.signedDate);
  for (const { validFrom, validTo } of [signer, authority, root]) {
    if (!(Date.parse(validFrom) <= signedMs && signedMs <= Date.parse(validTo))) {
      throw forged("one of its certificates was not valid when it was signed");
    }
  }
  return payload;
}

function readChain(x5c: unknown): readonly [X509Certificate, X509Certificate, X509Certificate] {
  const isChain = Array.isArray(x5c) && x5c.length === 3 && x5c.every((c) => typeof c === "string");
  if (!isChain) throw forged("the signed payload has no chain of three certificates");
  try {
    const [signer, authority, root] = (x5c as string[]).map(
      (der) => new X509Certificate(Buffer.from(der, "base64")),
    );
    return [signer!, authority!, root!];
  } catch {
    throw forged("the signed payload has a certificate that cannot be read");
  }
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

function parse(base64url: string, what: string): object {
  try {
    const value: unknown = JSON.parse(Buffer.from(base64url, "base64url").toString("utf8"));
    if (typeof value === "object" && value !== null) return value;
  } catch {
    // Said below.
  }
  throw forged(`the ${what} of the signed payload is no JSON`);
}

function forged(message: string): WaymarkError {
  return new WaymarkError("WEBHOOK_FORGED", message);
}
