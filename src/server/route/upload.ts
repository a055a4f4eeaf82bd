/** `/api/uploads`: recordings come in, and what became of each can be asked. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { WaymarkError } from "../../base/error.ts";
import { retryUpload } from "../../platform/job/receive-upload.ts";
import { rowParamsSchema } from "../../schema/account.ts";
import { errorSchema } from "../../schema/activity.ts";
import { stravaUploadRequestSchema } from "../../schema/strava.ts";
import {
  type UploadAnswer,
  uploadListSchema,
  uploadNotesSchema,
  uploadQuerySchema,
  uploadSchema,
} from "../../schema/upload.ts";
import type { Upload } from "../../store/uploads.ts";
import type { Context } from "../app.ts";
import { type Access, callerOf } from "../auth/access.ts";
import { parse } from "../error-answer.ts";
import { documented } from "../openapi.ts";
import { receiveFile } from "../receive-file.ts";

const WRITE: Access = { scopes: ["activity:write"] };

export function uploadRoutes(http: FastifyInstance, context: Context): void {
  const { store, queue, now } = context;

  http.post("/api/uploads", documented(receiveDocument, WRITE), async (request, reply) => {
    return reply.code(201).send(toUpload(await receiveFile(request, context)));
  });

  http.get("/api/uploads", documented(listDocument, WRITE), async (request, reply) => {
    const { limit, before, status, sha256 } = parse(uploadQuerySchema, request.query, "the query");
    const { id } = callerOf(request).athlete;
    const page = await store.uploads.list(id, {
      limit,
      before,
      sha256,
      ...(status ? { status: [status] } : {}),
    });
    reply.header("cache-control", "no-store");
    const uploads = page.uploads.map(toUpload);
    return { uploads, next: page.next, counts: await store.uploads.count(id) };
  });

  http.get("/api/uploads/:id", documented(statusDocument, WRITE), async (request, reply) => {
    reply.header("cache-control", "no-store");
    return toUpload(await ownUpload(context, request));
  });

  http.post("/api/uploads/:id/retry", documented(retryDocument, WRITE), async (request) => {
    parse(retryDocument.body, request.body ?? {}, "the body");
    const { id } = await ownUpload(context, request);
    return toUpload(await retryUpload(store, queue, id, now()));
  });

  http.post("/api/uploads/notes", documented(noteDocument, WRITE), async (request, reply) => {
    const { files } = parse(uploadNotesSchema, request.body, "the body");
    const athleteId = callerOf(request).athlete.id;
    await store.uploads.note(
      files.map(({ path, byteLength, code, message }) => ({
        athleteId,
        path,
        sha256: null,
        byteLength,
        fate: { status: "failed", code, message, activityIds: [] },
      })),
      now(),
    );
    return reply.code(204).send();
  });
}

/** @throws WaymarkError NOT_FOUND, also for another athlete's */
export async function ownUpload({ store }: Context, request: FastifyRequest): Promise<Upload> {
  const id = Number(parse(rowParamsSchema, request.params, "the address").id);
  const missing = new WaymarkError("NOT_FOUND", `there is no upload ${id}`);
  const upload = await store.uploads.get(id).catch((error: unknown) => {
    throw error instanceof WaymarkError && error.code === "NOT_FOUND" ? missing : error;
  });
  if (upload.athleteId !== callerOf(request).athlete.id) throw missing;
  return upload;
}

export function toUpload(upload: Upload): UploadAnswer {
  const { id, fileName, externalId, byteLength, status, error, activityIds } = upload;
  return {
    id: String(id),
    fileName,
    externalId,
    byteLength,
    status,
    error: error && { ...error, choices: [...error.choices] },
    activityIds: activityIds.map(String),
    createdMs: upload.createdMs,
    updatedMs: upload.updatedMs,
  };
}

const tags = ["Uploads"];
const refusals = { 400: errorSchema, 401: errorSchema, 403: errorSchema };
const receiveDocument = {
  tags,
  summary: "A recording is uploaded; told when it is durable, read afterwards",
  consumes: ["multipart/form-data"],
  body: stravaUploadRequestSchema,
  response: { 201: uploadSchema, ...refusals, 413: errorSchema },
};
const listDocument = {
  tags,
  summary: "Uploads and what became of them, newest first",
  querystring: uploadQuerySchema,
  response: { 200: uploadListSchema, ...refusals },
};
const retryDocument = {
  tags,
  summary: "Reads the file of a failed upload once more",
  params: rowParamsSchema,
  body: z.strictObject({}),
  response: { 200: uploadSchema, ...refusals, 404: errorSchema },
};
const noteDocument = {
  tags,
  summary: "Notes files that could not be sent, with the reason",
  body: uploadNotesSchema,
  response: { 204: z.null(), ...refusals },
};
const statusDocument = {
  tags,
  summary: "What became of one upload",
  params: rowParamsSchema,
  response: { 200: uploadSchema, ...refusals, 404: errorSchema },
};
