/**
 * A multipart upload: the file streams into the blob store while it arrives, the other fields say what
 * it is. The client is told of it when bytes and row are durable; a client that goes away before leaves
 * nothing. Memory is a few chunks, whatever the size.
 */
import { basename } from "node:path";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { WaymarkError } from "../base/error.ts";
import { receiveUpload } from "../platform/job/receive-upload.ts";
import { visibilitySchema } from "../schema/account.ts";
import { DATA_TYPES } from "../schema/strava.ts";
import type { Blob } from "../store/blob-store.ts";
import type { Upload } from "../store/uploads.ts";
import type { Context } from "./app.ts";
import { callerOf } from "./auth/access.ts";
import { parse } from "./error-answer.ts";
import { readSport } from "./strava/sport.ts";

export const uploadDefaults = {
  /** Bytes of one file. */
  maxBytes: 200_000_000,
  /** Fields beside the file, and bytes of one of them. */
  fields: 20,
  fieldBytes: 64 * 1024,
} as const;

const flag = z
  .enum(["0", "1", "true", "false"])
  .transform((word) => word === "1" || word === "true");
const fieldsSchema = z.strictObject({
  data_type: z.enum(DATA_TYPES).optional(),
  external_id: z.string().max(300).optional(),
  name: z.string().trim().max(200).optional(),
  description: z.string().max(10_000).optional(),
  sport_type: z.string().max(40).optional(),
  activity_type: z.string().max(40).optional(),
  trainer: flag.optional(),
  commute: flag.optional(),
  private: flag.optional(),
  visibility: visibilitySchema.optional(),
});

/** @throws WaymarkError USAGE, TRACK_EMPTY, TRACK_TOO_LARGE, STORE_FULL */
export async function receiveFile(request: FastifyRequest, context: Context): Promise<Upload> {
  const { store, queue, now } = context;
  const { athlete } = callerOf(request);
  const { file, said } = await readParts(request, context);
  const fields = parse(fieldsSchema, said, "the upload");
  if (!file) throw new WaymarkError("USAGE", "the upload has no part 'file' that is a file");
  if (file.blob.byteLength === 0) throw new WaymarkError("TRACK_EMPTY", "the file holds no bytes");
  const asked = fields.sport_type ?? fields.activity_type;
  const sport = asked === undefined ? undefined : readSport(asked, fields.trainer);
  return await receiveUpload(
    store,
    queue,
    {
      athleteId: athlete.id,
      blob: file.blob,
      fileName: file.name,
      externalId: fields.external_id || file.name,
      dataType: fields.data_type ?? "",
      fields: {
        name: fields.name || undefined,
        description: fields.description || undefined,
        sport,
        visibility: fields.visibility ?? (fields.private ? "only_me" : athlete.visibility),
        trainer: fields.trainer,
        commute: fields.commute,
      },
    },
    now(),
  );
}

interface Parts {
  readonly file: { readonly blob: Blob; readonly name: string } | undefined;
  readonly said: Readonly<Record<string, string>>;
}

async function readParts(
  request: FastifyRequest,
  { store, uploadMaxBytes }: Context,
): Promise<Parts> {
  const said: Record<string, string> = {};
  let file: Parts["file"];
  let broken: unknown;
  const limits = {
    // One more than is allowed: the blob store tells a file that is too large from one that fits.
    fileSize: uploadMaxBytes + 1,
    files: 1,
    fields: uploadDefaults.fields,
    fieldSize: uploadDefaults.fieldBytes,
    parts: uploadDefaults.fields + 1,
  };
  let kept: Promise<Blob> | undefined;
  try {
    for await (const part of request.parts({ limits })) {
      if (part.type === "field") {
        if (part.valueTruncated || typeof part.value !== "string") {
          throw new WaymarkError("USAGE", `field '${part.fieldname.slice(0, 80)}' is too long`);
        }
        said[part.fieldname] = part.value;
        continue;
      }
      if (part.fieldname !== "file" || file) {
        part.file.resume();
        throw new WaymarkError("USAGE", "the upload holds one file, in the part 'file'");
      }
      part.file.on("error", (error) => {
        broken = error;
      });
      kept = store.blobs.put(part.file, uploadMaxBytes);
      const blob = await kept;
      kept = undefined;
      file = { blob, name: basename(part.filename || "recording").slice(-200) };
    }
  } catch (error) {
    // What the store says of itself is not the client's fault; everything else is about what came.
    if (error instanceof WaymarkError || hasStatus(error) || (kept && error !== broken))
      throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new WaymarkError("USAGE", `the multipart body is broken: ${why}`, { cause: error });
  }
  return { file, said };
}

/** A refusal of the HTTP layer, which knows its own status. */
function hasStatus(error: unknown): boolean {
  return typeof (error as { statusCode?: unknown } | null)?.statusCode === "number";
}
