/**
 * The messages of Arrow IPC, found without reading what lies between: a stream has them one behind the
 * other, a file lists them in its footer. Of the flatbuffers only what frames a message is read here.
 *
 * @see https://arrow.apache.org/docs/format/Columnar.html#serialization-and-interprocess-communication-ipc
 */
import { WaymarkError } from "../../base/index.ts";
import { checkBatch, checkSchema } from "./arrow-check.ts";
import type { FileBytes } from "./file-bytes.ts";
import { fieldAt, int64Field, tableAt, vectorAt } from "./flatbuffer.ts";

export type MessageKind = "schema" | "dictionary" | "batch" | "other";

export interface ArrowMessage {
  readonly kind: MessageKind;
  /** The whole message with its prefix, its body at a multiple of 8 bytes. */
  readonly bytes: Uint8Array;
  /** Behind the message, in the file. */
  readonly end: number;
  /** Of a dictionary batch. */
  readonly dictionary?: { readonly id: bigint; readonly isDelta: boolean };
}

const CONTINUATION = 0xffffffff;
const KINDS: readonly MessageKind[] = ["other", "schema", "dictionary", "batch"];
const FILE_MAGIC = "ARROW1";
/** Magic and padding. */
const FILE_BEGIN = 8;
/** Length of the footer, and magic. */
const FILE_END = 10;
/** In the footer: where a message begins, and two lengths. */
const BLOCK_LENGTH = 24;

/** The schema, then dictionaries before the batches that use them. */
export async function* arrowMessages(file: FileBytes): AsyncGenerator<ArrowMessage> {
  const { path, byteLength } = file;
  const begin = Buffer.from(await file.slice(0, Math.min(byteLength, FILE_BEGIN)));
  if (begin.toString("latin1", 0, 4) === "FEA1") {
    throw new WaymarkError(
      "TABLE_FORMAT",
      `${path} is Feather version 1, which is not read; write version 2`,
    );
  }
  if (begin.toString("latin1", 0, 6) === FILE_MAGIC) yield* messagesOfFile(file);
  else yield* messagesOfStream(file);
}

async function* messagesOfStream(file: FileBytes): AsyncGenerator<ArrowMessage> {
  for (let at = 0; at < file.byteLength; ) {
    const message = await messageAt(file, at);
    if (message === undefined) return;
    if (at === 0 && message.kind !== "schema") throw notArrow(file.path);
    yield message;
    at = message.end;
  }
}

async function* messagesOfFile(file: FileBytes): AsyncGenerator<ArrowMessage> {
  const { path, byteLength } = file;
  const end = Buffer.from(await file.slice(Math.max(0, byteLength - FILE_END)));
  if (byteLength < FILE_BEGIN + FILE_END || end.toString("latin1", 4) !== FILE_MAGIC) {
    throw new WaymarkError(
      "TABLE_FORMAT",
      `${path} begins as an Arrow file and does not end as one: it was cut short`,
    );
  }
  const footerLength = end.readInt32LE(0);
  const footerAt = byteLength - FILE_END - footerLength;
  const footer = new DataView(await file.slice(footerAt, byteLength - FILE_END));
  const table = tableAt(footer, 0);
  const schema = await messageAt(file, FILE_BEGIN);
  if (schema?.kind !== "schema") throw notArrow(path);
  yield schema;
  for (const slot of [2, 3]) {
    for (const block of vectorAt(footer, table, slot, BLOCK_LENGTH)) {
      const message = await messageAt(file, Number(footer.getBigInt64(block, true)));
      if (message === undefined) throw new RangeError("a block of the footer is empty");
      yield message;
    }
  }
}

/** @returns undefined at the mark that ends a stream */
async function messageAt(file: FileBytes, at: number): Promise<ArrowMessage | undefined> {
  const prefix = new DataView(await file.slice(at, Math.min(at + 8, file.byteLength)));
  if (prefix.byteLength < 4) throw notArrow(file.path);
  const hasContinuation = prefix.getUint32(0, true) === CONTINUATION;
  // Before Arrow 0.15 the length came first.
  const metadataLength = prefix.getInt32(hasContinuation ? 4 : 0, true);
  if (metadataLength === 0) return undefined;
  const metadataAt = at + (hasContinuation ? 8 : 4);
  // What is text or another format would ask for gigabytes here.
  if (metadataLength < 0 || metadataAt + metadataLength > file.byteLength)
    throw notArrow(file.path);
  const metadata = await file.slice(metadataAt, metadataAt + metadataLength);
  const view = new DataView(metadata);
  const table = tableAt(view, 0);
  const kindAt = fieldAt(view, table, 1);
  const headerAt = fieldAt(view, table, 2);
  const kind = KINDS[kindAt === 0 ? 0 : view.getUint8(kindAt)] ?? "other";
  const bodyLength = Number(int64Field(view, table, 3));
  const bodyAt = metadataAt + metadataLength;
  const body = await file.slice(bodyAt, bodyAt + bodyLength);
  const padded = Math.ceil(metadataLength / 8) * 8;
  const bytes = new Uint8Array(8 + padded + bodyLength);
  const out = new DataView(bytes.buffer);
  out.setUint32(0, CONTINUATION, true);
  out.setInt32(4, padded, true);
  bytes.set(new Uint8Array(metadata), 8);
  bytes.set(new Uint8Array(body), 8 + padded);
  const message = { kind, bytes, end: bodyAt + bodyLength };
  if (headerAt === 0) throw new RangeError("a message has no header");
  const header = tableAt(view, headerAt);
  const content = bytes.subarray(8 + padded);
  if (kind === "schema") checkSchema(view, header);
  if (kind === "batch") checkBatch(view, header, content, true);
  if (kind !== "dictionary") return message;
  checkBatch(view, tableAt(view, fieldAt(view, header, 1)), content, false);
  const isDeltaAt = fieldAt(view, header, 2);
  return {
    ...message,
    dictionary: {
      id: int64Field(view, header, 0),
      isDelta: isDeltaAt !== 0 && view.getUint8(isDeltaAt) !== 0,
    },
  };
}

function notArrow(path: string): WaymarkError {
  return new WaymarkError(
    "TABLE_FORMAT",
    `${path} is not an Arrow file or stream: a file begins with ${FILE_MAGIC}, a stream with its schema`,
  );
}
