/**
 * A file of JSON lines that only grows. A line that a crash cut short is passed over when reading
 * and ended before the next is written; what other processes append is seen by `refresh`.
 */
import { closeSync, fstatSync, openSync, readSync, type Stats, statSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";

const NEWLINE = 0x0a;

export interface AppendLog {
  /** Hands over the lines that appeared since the last call; all of them again after a rewrite. */
  refresh(onReset: () => void, onLine: (value: unknown) => void): void;
  /** Appends one line; with `durable` it is on the disk when the promise resolves. */
  append(value: unknown, durable: boolean): Promise<void>;
  close(): Promise<void>;
}

export function openAppendLog(path: string): AppendLog {
  let seen = 0;
  let file: Stats | undefined;
  let handle: Promise<FileHandle> | undefined;
  let tail: Promise<unknown> = Promise.resolve();
  let sync: Promise<void> | undefined;

  /** Opened at the first append, behind a newline when the last line was cut short. */
  const writer = (): Promise<FileHandle> => {
    handle ??= open(path, "a+").then(async (opened) => {
      const { size } = await opened.stat();
      if (size > 0) {
        const last = Buffer.alloc(1);
        await opened.read(last, 0, 1, size - 1);
        if (last[0] !== NEWLINE) await opened.appendFile("\n");
      }
      return opened;
    });
    return handle;
  };

  return {
    refresh(onReset, onLine) {
      let now: Stats;
      try {
        now = statSync(path);
      } catch {
        return;
      }
      if (file && (now.ino !== file.ino || now.size < seen)) {
        seen = 0;
        onReset();
      }
      file = now;
      if (now.size === seen) return;
      const bytes = readFrom(path, seen);
      const end = bytes.lastIndexOf(NEWLINE) + 1;
      seen += end;
      for (const line of bytes.subarray(0, end).toString().split("\n")) {
        if (line === "") continue;
        try {
          onLine(JSON.parse(line));
        } catch {
          // Cut short by a crash; what it stood for is done again.
        }
      }
    },
    append(value, durable) {
      const line = `${JSON.stringify(value)}\n`;
      const written = tail.then(async () => {
        await (await writer()).appendFile(line);
      });
      tail = written.catch(() => {});
      if (!durable) return written;
      // Group commit: lines that wait together share one sync.
      return written.then(() => {
        sync ??= Promise.resolve().then(async () => {
          await tail;
          sync = undefined;
          await (await writer()).datasync();
        });
        return sync;
      });
    },
    async close() {
      await tail;
      await sync;
      await (await handle)?.close();
      handle = undefined;
    },
  };
}

function readFrom(path: string, start: number): Buffer {
  const fd = openSync(path, "r");
  try {
    const bytes = Buffer.allocUnsafe(Math.max(0, fstatSync(fd).size - start));
    let at = 0;
    while (at < bytes.length) {
      const n = readSync(fd, bytes, at, bytes.length - at, start + at);
      if (n === 0) break;
      at += n;
    }
    return bytes.subarray(0, at);
  } finally {
    closeSync(fd);
  }
}
