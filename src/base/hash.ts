/**
 * A fast 64-bit content hash for versions and checksums of our own files: two lanes of MurmurHash3's
 * 32-bit mix with different seeds (Appleby, public domain). It finds damage; it is not a signature.
 */

/** Mixes many byte arrays in order; `digest` may be called once. */
export interface Hash64 {
  update(bytes: Uint8Array): Hash64;
  /** 16 lower-case hex digits. */
  digest(): string;
}

export function createHash64(): Hash64 {
  let a = 0x9747b28c | 0;
  let b = 0x3c6ef372 | 0;
  let total = 0;
  const mix = (h: number, k: number, c1: number, c2: number): number => {
    const m = Math.imul(k, c1);
    let x = h ^ Math.imul((m << 15) | (m >>> 17), c2);
    x = (x << 13) | (x >>> 19);
    return (Math.imul(x, 5) + 0xe6546b64) | 0;
  };
  const finish = (h: number): number => {
    let x = h ^ (h >>> 16);
    x = Math.imul(x, 0x85ebca6b);
    x ^= x >>> 13;
    x = Math.imul(x, 0xc2b2ae35);
    return (x ^ (x >>> 16)) >>> 0;
  };
  const hash: Hash64 = {
    update(bytes) {
      const n = bytes.length;
      const words = n >>> 2;
      if (bytes.byteOffset % 4 === 0) {
        const view = new Int32Array(bytes.buffer, bytes.byteOffset, words);
        for (let i = 0; i < words; i++) {
          const k = view[i]!;
          a = mix(a, k, 0xcc9e2d51, 0x1b873593);
          b = mix(b, k, 0x239b961b, 0xab0e9789);
        }
      } else {
        for (let i = 0; i < words; i++) {
          const o = i << 2;
          const k =
            bytes[o]! | (bytes[o + 1]! << 8) | (bytes[o + 2]! << 16) | (bytes[o + 3]! << 24);
          a = mix(a, k, 0xcc9e2d51, 0x1b873593);
          b = mix(b, k, 0x239b961b, 0xab0e9789);
        }
      }
      for (let i = words << 2; i < n; i++) {
        a = mix(a, bytes[i]! + 1, 0xcc9e2d51, 0x1b873593);
        b = mix(b, bytes[i]! + 1, 0x239b961b, 0xab0e9789);
      }
      total += n;
      return hash;
    },
    digest() {
      const hex = (x: number): string => x.toString(16).padStart(8, "0");
      return hex(finish(a ^ total)) + hex(finish(b ^ (total + 1)));
    },
  };
  return hash;
}
