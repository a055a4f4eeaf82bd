/**
 * Errors that a caller can act on. Every code stands in this registry with the sentence that
 * `docs/reference/errors.md` explains; a test holds the two together. A bug is an assertion instead.
 */

/** Code → what it means, in one sentence. Grouped by the area that throws it. */
export const ERROR_CODES = {
  // geo/track
  TRACK_EMPTY: "The file holds no bytes.",
  TRACK_FORMAT: "The bytes are not a recording that Waymark reads.",
  TRACK_NO_RECORD: "The file is well formed but holds no record of a movement.",
  TRACK_TOO_LARGE: "The file, or what it unpacks to, is larger than the limit.",
  TRACK_XML: "The XML is broken before the first readable point, or uses a forbidden construct.",
  TRACK_FAILED: "The reader broke on the file, or took longer than the limit.",
  ZIP_UNSAFE: "The archive names a path outside itself, or unpacks to more than the limit.",
  // geo/network
  OSM_FORMAT: "The bytes are not an OpenStreetMap extract that Waymark reads.",
  OSM_EMPTY: "The extract holds no way that a profile can use.",
  SNAPSHOT_FOREIGN: "The file is not a Waymark snapshot, or one of another version.",
  SNAPSHOT_DAMAGED: "A checksum of the snapshot does not agree with its bytes.",
  PROFILE_UNKNOWN: "No profile has that name.",
  ELEVATION_FORMAT: "The bytes are not an elevation grid that Waymark reads.",
  // geo/match
  MATCH_NO_POSITION: "The recording has no two positions to match.",
  // lifecycle/billing
  BILLING_INVALID: "What a payment processor sent is not what its documents say, or cannot be.",
  // store, jobs, server, cli
  NOT_FOUND: "Nothing is stored under that name.",
  USAGE: "The command line or request is not one that Waymark knows.",
  PORT_TAKEN: "The server cannot listen on the address that was asked for.",
  FILE_READ: "The file could not be read.",
  STORE_DAMAGED: "A file of the store cannot be read as what it should be.",
  SERVER_FAULT: "The server met a fault of its own.",
  STORE_LOCKED: "Another process has this data folder open.",
  STORE_UNAVAILABLE: "The database does not answer.",
  STORE_FULL: "There is no room left for what was to be written.",
  STORE_FOREIGN: "The database or archive was made by another version of Waymark.",
  WEBHOOK_FORGED: "The webhook does not prove that it comes from whom it says.",
  EMAIL_TAKEN: "An account with that email exists.",
  SIGN_IN_NEEDED: "Nobody is signed in, or the token is unknown or has expired.",
  SIGN_IN_FAILED: "No account has that email and password.",
  FORBIDDEN: "Whoever asks may not do that.",
  TOO_MANY_REQUESTS: "More was asked in a short time than one caller may ask.",
  TABLE_INVALID: "A table, or an array of numbers, is not what the computation asks for.",
  TABLE_FORMAT: "The bytes are not a table that Waymark reads.",
  OPTION_INVALID: "An option of a computation is outside its range.",
  JOB_FAILED: "A piece of work ended without an answer: its process died, or it took too long.",
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/**
 * A bad input or a failed world. The message holds what came, what was expected and the choices:
 * "profile 'gravl' is unknown; choose one of foot, hike, bike, gravel, mtb".
 */
export class WaymarkError extends Error {
  override readonly name = "WaymarkError";
  readonly code: ErrorCode;
  /** What the caller could have said instead, where that is a short list. */
  readonly choices: readonly string[];

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; choices?: readonly string[] } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.choices = options.choices ?? [];
  }
}

/** Stops the program: the condition is a promise of our own code, not of the input. */
export function assert(condition: unknown, message = "assertion failed"): asserts condition {
  if (!condition) throw new Error(`bug: ${message}`);
}
