export { assert, ERROR_CODES, type ErrorCode, WaymarkError } from "./error.ts";
export { createHash64, type Hash64 } from "./hash.ts";
export { createRng, integer, normal, pick, type Rng } from "./rng.ts";
