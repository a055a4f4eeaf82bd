/** A file of which ranges are read: nothing is held but the ranges that were asked for. */
import { type FileHandle, open } from "node:fs/promises";
import { WaymarkError } from "../../base/index.ts";
import { fileError } from "../file-error.ts";

export interface FileBytes {
  /** The path as it was given, for messages. */
  readonly path: string;
  readonly byteLength: number;
  /** @throws WaymarkError TABLE_FORMAT when the range is not in the file: it was cut short or is damaged */
  slice(start: number, end?: number): Promise<ArrayBuffer>;
  close(): Promise<void>;
}

/** @throws WaymarkError FILE_READ when there is no such file or it may not be read */
export async function openFileBytes(path: string): Promise<FileBytes> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, "r");
    const stats = await handle.stat();
    if (!stats.isFile()) throw new WaymarkError("FILE_READ", `${path} is not a file`);
    return fileBytes(path, handle, stats.size);
  } catch (error) {
    await handle?.close();
    throw fileError(error, path);
  }
}

function fileBytes(path: string, handle: FileHandle, byteLength: number): FileBytes {
  return {
    path,
    byteLength,
    async slice(start, end = byteLength) {
      if (!(start >= 0 && start <= end && end <= byteLength)) {
        throw new WaymarkError(
          "TABLE_FORMAT",
          `${path} has ${byteLength} bytes and points to bytes ${start} to ${end}: it was cut short or is damaged`,
        );
      }
      const bytes = new Uint8Array(end - start);
      for (let at = 0; at < bytes.length; ) {
        const { bytesRead } = await handle.read(bytes, at, bytes.length - at, start + at);
        if (bytesRead === 0) throw new WaymarkError("FILE_READ", `${path} became shorter`);
        at += bytesRead;
      }
      return bytes.buffer;
    },
    close: () => handle.close(),
  };
}
