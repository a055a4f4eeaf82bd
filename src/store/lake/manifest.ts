/**
 * Which files make up the lake: `<lake>/manifest.json`, replaced as a whole by a rename. A file that it
 * does not name was left by an export that did not come to its end; the next one removes it. So no row
 * is read twice and none is missed, wherever the process was killed.
 */
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { WaymarkError } from "../../base/index.ts";

const fileSchema = z.object({
  /** Below the lake's folder: "event/dt=2026-03-01/1-5000-0.parquet". */
  path: z.string().regex(/^event\/dt=[^/]+\/[^/]+\.parquet$/),
  rows: z.number().int().nonnegative(),
});

const manifestSchema = z.object({
  format: z.literal("waymark-lake"),
  version: z.literal(1),
  /** Every event of the log up to here is in the files. */
  seq: z.number().int().nonnegative(),
  /** Every change of members up to here has been made in the files. */
  change: z.number().int().nonnegative(),
  files: z.array(fileSchema),
});

export type Manifest = z.infer<typeof manifestSchema>;
export type LakeFile = Manifest["files"][number];

export const EMPTY_MANIFEST: Manifest = {
  format: "waymark-lake",
  version: 1,
  seq: 0,
  change: 0,
  files: [],
};

/**
 * @returns an empty one where there is no lake
 * @throws WaymarkError STORE_DAMAGED
 */
export function readManifest(folder: string): Manifest {
  const path = join(folder, "manifest.json");
  if (!existsSync(path)) return EMPTY_MANIFEST;
  try {
    return manifestSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (cause) {
    throw new WaymarkError(
      "STORE_DAMAGED",
      `${path} is not a manifest of a lake; remove the folder ${folder}, and the next export writes it anew`,
      { cause },
    );
  }
}

export function writeManifest(folder: string, manifest: Manifest): void {
  mkdirSync(folder, { recursive: true });
  const aside = join(folder, `manifest.${randomUUID()}.tmp`);
  writeFileSync(aside, JSON.stringify(manifest), { flush: true });
  renameSync(aside, join(folder, "manifest.json"));
}
