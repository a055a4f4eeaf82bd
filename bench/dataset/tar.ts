/**
 * Files of a tar archive held in memory (POSIX ustar, with GNU and pax long names). Enough for data
 * sets that are handed over as `.tar` or `.tar.gz`; links and devices are passed over. O(bytes).
 */
import { gunzipSync } from "node:zlib";

export interface TarFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

const BLOCK = 512;

/** @param archive the bytes of a tar archive, gzipped or not */
export function* readTar(archive: Uint8Array): Generator<TarFile> {
  const tar = archive[0] === 0x1f && archive[1] === 0x8b ? gunzipSync(archive) : archive;
  let longName: string | undefined;
  for (let at = 0; at + BLOCK <= tar.length; ) {
    const header = tar.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) break;
    const size = Number.parseInt(text(header, 124, 12), 8) || 0;
    const bytes = tar.subarray(at + BLOCK, at + BLOCK + size);
    if (bytes.length < size) throw new Error(`the archive ends inside ${text(header, 0, 100)}`);
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;

    const type = String.fromCharCode(header[156]!);
    if (type === "L") {
      longName = text(bytes, 0, size);
    } else if (type === "x") {
      longName = /\d+ path=(.*)\n/.exec(text(bytes, 0, size))?.[1];
    } else {
      const prefix = text(header, 257, 5) === "ustar" ? text(header, 345, 155) : "";
      const name = text(header, 0, 100);
      if (type === "0" || type === "\0") {
        yield { path: longName ?? (prefix ? `${prefix}/${name}` : name), bytes };
      }
      longName = undefined;
    }
  }
}

/** Characters of a field up to its first zero byte. */
function text(bytes: Uint8Array, first: number, length: number): string {
  const field = bytes.subarray(first, first + length);
  const end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end)).trim();
}
