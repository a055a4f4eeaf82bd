/** `waymark map build FILE`: an extract becomes a map to match on and to look at. */
import { Command } from "commander";
import type { BuiltMap } from "../../jobs/build-map.ts";
import { buildMapFolder, STAGE_LABELS } from "../../jobs/ensure-map.ts";
import { formatMegabytes } from "../format.ts";
import { createProgress } from "../progress.ts";
import { parseThreads, type Settings } from "../settings.ts";
import type { Terminal } from "../terminal.ts";

interface Flags {
  readonly out?: string;
  readonly dem?: readonly string[];
  readonly threads: number;
}

export function mapCommand(settings: Settings, terminal: Terminal): Command {
  const build = new Command("build")
    .description(
      "an OpenStreetMap extract (.osm.pbf, .osm, .osm.gz, .osm.bz2) to a map: network and base map",
    )
    .argument("<file>", "the extract")
    .option("--out <dir>", "folder to write; default: beside the file, named after it")
    .option("--dem <file...>", "elevation grids: SRTM .hgt tiles or GeoTIFF")
    .option("--threads <n>", "worker threads", (text) => parseThreads(text), settings.threads)
    .action(async (file: string, flags: Flags) => {
      const outFolder = flags.out ?? `${file.replace(/\.(osm\.)?(pbf|osm|gz|bz2)$/i, "")}.map`;
      const progress = createProgress(process.stderr);
      try {
        const built = await buildMapFolder({
          osmFile: file,
          outFolder,
          demFiles: flags.dem ?? [],
          threads: flags.threads,
          onProgress: (stage, done, total) => progress.update(STAGE_LABELS[stage], done, total),
        });
        progress.stop();
        for (const line of describe(outFolder, built)) terminal.result(line);
      } finally {
        progress.stop();
      }
    });
  return new Command("map").description("build maps").addCommand(build);
}

function describe(folder: string, { networkVersion, counts, bytes, repairs }: BuiltMap): string[] {
  const count = (n: number): string => n.toLocaleString("en-US");
  return [
    `${folder}: network ${networkVersion}`,
    `  ${count(counts.edges)} edges, ${count(counts.lengthKm)} km of paths`,
    `  ${formatMegabytes(bytes.network)} network, ${formatMegabytes(bytes.basemap)} base map`,
    ...repairs.map((repair) => `  ${repair.code} ${count(repair.count)}: ${repair.message}`),
  ];
}
