/**
 * How often somebody may try a secret: counts by key in a window that begins with the first try. In
 * memory, for each process: who has several processes multiplies the limits by their number.
 */
import { WaymarkError } from "../../base/error.ts";

export interface Attempts {
  /**
   * Counts a try before its outcome is known, so that many at once are counted too.
   *
   * @throws WaymarkError TOO_MANY_REQUESTS with the seconds to wait
   */
  take(key: string, most: number, now: number): void;
  /** What was tried was right: the count begins anew. */
  forget(key: string): void;
}

/** Tries of a password in a quarter of an hour; sign-ups count as tries of their address. */
export const signInDefaults = {
  /** By one address for one account. */
  pair: 10,
  /** By one address. */
  address: 50,
  /** For one account, from anywhere: above `pair`, so that nobody is locked out by one stranger. */
  account: 100,
} as const;

/** Keys remembered: beyond, the oldest are forgotten. */
const KEYS_MAX = 100_000;

export function createAttempts(windowMs: number): Attempts {
  const windows = new Map<string, { count: number; endMs: number }>();
  return {
    take(key, most, now) {
      let window = windows.get(key);
      if (!window || window.endMs <= now) {
        windows.delete(key);
        window = { count: 0, endMs: now + windowMs };
        windows.set(key, window);
        if (windows.size > KEYS_MAX) windows.delete(windows.keys().next().value!);
      }
      window.count++;
      if (window.count <= most) return;
      throw new TooManyRequests(Math.ceil((window.endMs - now) / 1000));
    },
    forget(key) {
      windows.delete(key);
    },
  };
}

/** Knows when to come back, for the header. */
export class TooManyRequests extends WaymarkError {
  readonly retryS: number;

  constructor(retryS: number, message = `too many tries; come back in ${retryS} s`) {
    super("TOO_MANY_REQUESTS", message);
    this.retryS = retryS;
  }
}

/** An address as a key: of IPv6 the /64 that one customer has. */
export function addressKey(ip: string): string {
  const bare = ip.replace(/^::ffff:(?=\d+\.)/i, "");
  if (!bare.includes(":")) return bare;
  const [head = "", tail] = bare.split("::");
  const groups = head.split(":").filter(Boolean);
  if (tail !== undefined) {
    const after = tail.split(":").filter(Boolean);
    while (groups.length + after.length < 8) groups.push("0");
    groups.push(...after);
  }
  return `${groups.slice(0, 4).join(":")}::/64`;
}
