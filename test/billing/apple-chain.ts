// A chain of three certificates as the App Store signs with, made by node:crypto and a small writer of
// DER (X.690): root, authority and signer with Apple's marks, and notifications that they sign.
import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";

const ECDSA_SHA256 = oid("1.2.840.10045.4.3.2");
const SIGNER_MARK = "1.2.840.113635.100.6.11.1";
const AUTHORITY_MARK = "1.2.840.113635.100.6.2.1";

export interface AppleChain {
  /** PEM of the root, to be trusted. */
  readonly root: string;
  /** A compact JWS of the payload. */
  jws(payload: object): string;
}

export interface ChainOptions {
  /** Whether signer and authority carry Apple's marks. */
  readonly isMarked?: boolean;
  readonly from?: string;
  readonly to?: string;
  /** Signs the signer's certificate with a key of nobody. */
  readonly isBroken?: boolean;
}

export function makeAppleChain(options: ChainOptions = {}): AppleChain {
  const { isMarked = true, from = "250101000000Z", to = "350101000000Z", isBroken } = options;
  const pair = () => generateKeyPairSync("ec", { namedCurve: "P-256" });
  const [root, authority, signer, nobody] = [pair(), pair(), pair(), pair()];
  const dates = { from, to };
  const rootDer = certificate("Root", "Root", root.publicKey, root.privateKey, [ca()], dates);
  const mark = (id: string) => (isMarked ? [extension(id, Buffer.from([5, 0]))] : []);
  const authorityDer = certificate(
    "Authority",
    "Root",
    authority.publicKey,
    root.privateKey,
    [ca(), ...mark(AUTHORITY_MARK)],
    dates,
  );
  const signerDer = certificate(
    "Signer",
    "Authority",
    signer.publicKey,
    isBroken ? nobody.privateKey : authority.privateKey,
    mark(SIGNER_MARK),
    dates,
  );
  const x5c = [signerDer, authorityDer, rootDer].map((der) => der.toString("base64"));
  const key = createPrivateKey(signer.privateKey.export({ type: "pkcs8", format: "pem" }));
  return {
    root: `-----BEGIN CERTIFICATE-----\n${lines(rootDer)}\n-----END CERTIFICATE-----`,
    jws(payload) {
      const head = encode({ alg: "ES256", x5c });
      const body = encode(payload);
      const signature = sign("sha256", Buffer.from(`${head}.${body}`), {
        key,
        dsaEncoding: "ieee-p1363",
      });
      return `${head}.${body}.${signature.toString("base64url")}`;
    },
  };
}

/** An empty last line would be one too many for OpenSSL. */
function lines(der: Buffer): string {
  return (der.toString("base64").match(/.{1,64}/g) ?? []).join("\n");
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function certificate(
  subject: string,
  issuer: string,
  publicKey: KeyObject,
  issuerKey: KeyObject,
  extensions: readonly Buffer[],
  { from, to }: { readonly from: string; readonly to: string },
): Buffer {
  const body = seq(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, Buffer.from([subject.length])),
    seq(ECDSA_SHA256),
    name(issuer),
    seq(tlv(0x17, Buffer.from(from)), tlv(0x17, Buffer.from(to))),
    name(subject),
    publicKey.export({ type: "spki", format: "der" }),
    tlv(0xa3, seq(...extensions)),
  );
  const signature = sign("sha256", body, { key: issuerKey, dsaEncoding: "der" });
  return seq(body, seq(ECDSA_SHA256), tlv(0x03, Buffer.concat([Buffer.from([0]), signature])));
}

function name(text: string): Buffer {
  return seq(tlv(0x31, seq(oid("2.5.4.3"), tlv(0x0c, Buffer.from(text)))));
}

/** Basic constraints: an authority. */
function ca(): Buffer {
  return extension("2.5.29.19", seq(tlv(0x01, Buffer.from([0xff]))));
}

function extension(id: string, value: Buffer): Buffer {
  return seq(oid(id), tlv(0x04, value));
}

function seq(...parts: readonly Buffer[]): Buffer {
  return tlv(0x30, Buffer.concat(parts));
}

function oid(dotted: string): Buffer {
  const [a = 0, b = 0, ...rest] = dotted.split(".").map(Number);
  const bytes = [40 * a + b];
  for (const arc of rest) {
    const digits = [arc & 0x7f];
    for (let more = arc >> 7; more > 0; more >>= 7) digits.unshift((more & 0x7f) | 0x80);
    bytes.push(...digits);
  }
  return tlv(0x06, Buffer.from(bytes));
}

function tlv(tag: number, value: Buffer): Buffer {
  const n = value.length;
  const length = n < 128 ? [n] : n < 256 ? [0x81, n] : [0x82, n >> 8, n & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), value]);
}
