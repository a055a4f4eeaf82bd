/** A drawn town as the files that a real map is built from. */
import { existsSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hgtName, type Town, writeHgt, writeOsmPbf } from "../sim/index.ts";

/** @returns the paths of the extract and of the elevation tile; files that are there stay */
export async function writeTown(town: Town, folder: string): Promise<[string, string]> {
  await mkdir(folder, { recursive: true });
  const [west, south] = town.bbox;
  const osmFile = join(folder, `${town.name.toLowerCase()}.osm.pbf`);
  const demFile = join(folder, hgtName(south, west));
  if (!existsSync(osmFile)) await writeWhole(osmFile, writeOsmPbf(town.osm));
  if (!existsSync(demFile)) {
    await writeWhole(demFile, writeHgt(town.elevationAt, Math.floor(south), Math.floor(west)));
  }
  return [osmFile, demFile];
}

/** The name appears for the whole content. */
export async function writeWhole(path: string, content: Uint8Array | string): Promise<void> {
  await writeFile(`${path}.part`, content);
  await rename(`${path}.part`, path);
}
