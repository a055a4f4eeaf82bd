export { type DecodeOptions, decodeDefaults, decodeFile } from "./decode.ts";
export { type Detected, detectFormat } from "./detect.ts";
