/**
 * Uploads on the wire: what `GET /api/uploads…` answers. The request that brings a file is the one of
 * Strava's API (schema/strava.ts), under `/api/uploads` too.
 */
import { z } from "zod";
import { ERROR_CODES, type ErrorCode } from "../base/error.ts";

export const UPLOAD_STATES = ["received", "processing", "ready", "duplicate", "failed"] as const;

export const uploadSchema = z.object({
  id: z.string(),
  fileName: z.string(),
  externalId: z.string().nullable(),
  byteLength: z.number(),
  /** The last three are ends. */
  status: z.enum(UPLOAD_STATES),
  /** Why it failed. What a duplicate repeats are its `activityIds`. */
  error: z
    .object({ code: z.string(), message: z.string(), choices: z.array(z.string()) })
    .nullable(),
  /** Activities that came of it; of a duplicate, those that stand for it. */
  activityIds: z.array(z.string()),
  createdMs: z.number(),
  updatedMs: z.number(),
});
export type UploadAnswer = z.infer<typeof uploadSchema>;

export const uploadQuerySchema = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  /** `next` of the page before. */
  before: z.coerce.number().int().min(1).optional(),
  /** Only those of one state. */
  status: z.enum(UPLOAD_STATES).optional(),
  /** Only those of these bytes. */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
});

export const uploadListSchema = z.object({
  /** Newest first. */
  uploads: z.array(uploadSchema),
  /** To ask for as `before`; null on the last page. */
  next: z.number().nullable(),
  /** Of all uploads of the athlete, by state: how far a large import is. */
  counts: z.record(z.enum(UPLOAD_STATES), z.number()),
});
export type UploadList = z.infer<typeof uploadListSchema>;

/** Notes that one request may bring. */
export const NOTES_MAX = 20;

/** Files that a program could not even send: noted, so that their athlete sees why they are missing. */
export const uploadNotesSchema = z.strictObject({
  files: z
    .array(
      z.strictObject({
        /** As the person wrote it. */
        path: z.string().min(1).max(4096),
        byteLength: z.number().int().nonnegative(),
        code: z.enum(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]]),
        message: z.string().min(1).max(1000),
      }),
    )
    .max(NOTES_MAX),
});
export type UploadNotes = z.infer<typeof uploadNotesSchema>;
