/**
 * Passwords as scrypt hashes (RFC 7914, node:crypto) in a string that carries its own cost and salt, so
 * that the cost may be raised and old hashes still hold. 32 MiB and some 0.15 s a check, off the main
 * thread. Why scrypt: docs/decision/0010-passwords-are-scrypt.md.
 */
import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

export const passwordDefaults = {
  /** OWASP's least for r = 8 and p = 3: 2¹⁵. */
  cost: 2 ** 15,
  blockSize: 8,
  parallel: 3,
  saltBytes: 16,
  keyBytes: 32,
} as const;

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

/** @returns `$scrypt$ln=15,r=8,p=3$salt$key`, base64 without padding */
export async function hashPassword(password: string): Promise<string> {
  const { cost, blockSize, parallel, saltBytes, keyBytes } = passwordDefaults;
  const salt = randomBytes(saltBytes);
  const key = await stretch(password, salt, keyBytes, { N: cost, r: blockSize, p: parallel });
  return `$scrypt$ln=${Math.log2(cost)},r=${blockSize},p=${parallel}$${plain(salt)}$${plain(key)}`;
}

const FORM = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

/** Of no account: a check against it takes as long as one against a real hash, and fails. */
let nobody: Promise<string> | undefined;

/**
 * Takes the same time whether there is an account or not.
 *
 * @param hash null or undefined where there is no account, or one without password
 */
export async function isPassword(password: string, hash: string | null | undefined) {
  nobody ??= hashPassword(randomBytes(16).toString("hex"));
  const parts = FORM.exec(hash ?? (await nobody));
  if (!parts) return false;
  const [, ln, r, p, salt, key] = parts;
  const expected = Buffer.from(key!, "base64");
  const options = { N: 2 ** Number(ln), r: Number(r), p: Number(p) };
  const got = await stretch(password, Buffer.from(salt!, "base64"), expected.length, options);
  return timingSafeEqual(got, expected) && typeof hash === "string";
}

function stretch(
  password: string,
  salt: Buffer,
  keyBytes: number,
  options: ScryptOptions,
): Promise<Buffer> {
  // The same letters typed on another keyboard are the same password.
  const text = password.normalize("NFKC");
  return derive(text, salt, keyBytes, { ...options, maxmem: 256 * 1024 * 1024 });
}

function plain(bytes: Buffer): string {
  return bytes.toString("base64").replace(/=+$/, "");
}
