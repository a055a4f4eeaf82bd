/**
 * From an extract to a network that can be used: reading, building, the snapshot and its loading, and
 * the peak memory of the whole, beside Valhalla's importer where that is installed. On a simulated
 * town (seeded, the same everywhere) and on the real extracts of `../shared` where they are.
 *
 *     npm run bench -- network [--quick] [--extract FILE.osm.pbf …]
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { drawTown, writeOsmPbf } from "../../src/sim/index.ts";
import { SHARED, shared } from "../../test/shared.ts";
import type { BuildOnce } from "../network/build-once.ts";
import { buildValhallaTiles, type TileBuild } from "../network/valhalla-tiles.ts";
import { isValhallaInstalled } from "../peer/valhalla.ts";
import { type Cell, printOnly, report } from "../report.ts";

const ANDORRA_DEM = "N42E001.hgt.zip";
/** Extracts of ../shared/data/osm, and the terrain that goes with them. */
const EXTRACTS: readonly (readonly [string, string?])[] = [
  ["heidelberg-2024-09-08.osm.pbf"],
  ["andorra-2025-01-19.osm.pbf", ANDORRA_DEM],
  ["andorra-2023-05-02.osm.pbf", ANDORRA_DEM],
  ["andorra-2013-05-28.osm.pbf", ANDORRA_DEM],
  ["liechtenstein-2015-07-27.osm.pbf"],
  ["liechtenstein-2013-08-03.osm.bz2"],
  ["monaco-2016-03-05.osm.pbf", "N43E007.hgt.zip"],
  ["helsinki-centre-2019.osm.pbf"],
  ["north-bayreuth-2014.osm.gz", "N49E011.hgt.zip"],
  ["krems-2013.osm.gz"],
  ["berlin-siegessaeule.osm.gz"],
  ["dreieich-2022.osm.pbf"],
];
/** Extracts on which the peer is run, too: the two of the target. */
const COMPARED = ["heidelberg-2024-09-08.osm.pbf", "andorra-2025-01-19.osm.pbf"];

interface Extract {
  readonly file: string;
  readonly demFiles: readonly string[];
}

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: "boolean", default: false },
      extract: { type: "string", multiple: true, default: [] },
    },
  });
  if (values.quick) printOnly();
  const rounds = values.quick ? 1 : 3;
  const folder = mkdtempSync(join(tmpdir(), "waymark-network-"));
  try {
    const extracts = extractsOf(values.extract, folder);
    const rows: Cell[][] = [];
    for (const extract of extracts) {
      rows.push(rowOf(extract, buildRounds(extract, folder, rounds)));
    }
    report({
      suite: "network",
      title: "From extract to network",
      columns: [
        "extract",
        "OSM nodes",
        "OSM ways",
        "nodes",
        "edges",
        { name: "read s", digits: 2 },
        { name: "build s", digits: 2 },
        { name: "read + build s", digits: 2 },
        { name: "CPU s", digits: 2 },
        { name: "k OSM nodes/s", digits: 0 },
        { name: "peak MB", digits: 0 },
        { name: "file MB", digits: 2 },
        { name: "snapshot MB", digits: 2 },
        { name: "load ms", digits: 1 },
      ],
      rows,
      notes: [
        `Each build in a process of its own (${availableParallelism()} threads read .osm.pbf), ` +
          `fastest of ${rounds}; read + build from the call to the network in memory, without the ` +
          "start of Node, with the terrain where a tile is there.",
        "CPU is of the whole process up to then, its start included; peak is the resident set of " +
          "the process after the snapshot was written.",
        "Load is from file to usable network in shared memory with every checksum verified, " +
          "file in the page cache, fastest of 5.",
      ],
    });
    await compare(extracts, folder, rounds);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function extractsOf(files: readonly string[], folder: string): Extract[] {
  if (files.length > 0) return files.map((file) => ({ file, demFiles: [] }));
  const simulated = join(folder, "simulated-town.osm.pbf");
  writeFileSync(simulated, writeOsmPbf(drawTown(7).osm));
  const extracts: Extract[] = [{ file: simulated, demFiles: [] }];
  if (SHARED === undefined) console.log("network: the real extracts of ../shared are not here");
  else {
    for (const [name, dem] of EXTRACTS) {
      extracts.push({
        file: shared("data", "osm", name),
        demFiles: dem ? [shared("data", "elevation", dem)] : [],
      });
    }
  }
  return extracts;
}

/** The fastest round; every round must give the same network. */
function buildRounds(extract: Extract, folder: string, rounds: number): BuildOnce {
  const script = join(import.meta.dirname, "..", "network", "build-once.ts");
  const results = Array.from({ length: rounds }, () => {
    const output = execFileSync(process.execPath, [
      script,
      extract.file,
      folder,
      ...extract.demFiles,
    ]);
    return JSON.parse(output.toString()) as BuildOnce;
  });
  if (new Set(results.map((r) => r.version)).size !== 1) {
    throw new Error(`${extract.file} gives another network each time`);
  }
  return results.reduce((a, b) => (b.readMs + b.buildMs < a.readMs + a.buildMs ? b : a));
}

function rowOf({ file }: Extract, b: BuildOnce): Cell[] {
  const wallMs = b.readMs + b.buildMs;
  return [
    basename(file),
    b.osmNodes,
    b.osmWays,
    b.nodes,
    b.edges,
    b.readMs / 1000,
    b.buildMs / 1000,
    wallMs / 1000,
    b.cpuMs / 1000,
    b.osmNodes / wallMs,
    b.peakBytes / 1e6,
    b.fileBytes / 1e6,
    b.snapshotBytes / 1e6,
    b.loadMs,
  ];
}

async function compare(
  extracts: readonly Extract[],
  folder: string,
  rounds: number,
): Promise<void> {
  const compared = extracts.filter(({ file }) => COMPARED.includes(basename(file)));
  if (compared.length === 0) return;
  if (!isValhallaInstalled()) {
    console.log("network: Valhalla is not installed (npm install --prefix bench/peer)");
    return;
  }
  const rows: Cell[][] = [];
  for (const { file } of compared) {
    const name = basename(file);
    // Valhalla gets no terrain here, so neither do we.
    const ours = buildRounds({ file, demFiles: [] }, folder, rounds);
    let best: TileBuild | undefined;
    for (let i = 0; i < rounds; i++) {
      const tiles = await buildValhallaTiles(file);
      if (!best || tiles.wallMs < best.wallMs) best = tiles;
    }
    if (!best) continue;
    const wallS = (ours.readMs + ours.buildMs) / 1000;
    rows.push(
      [name, "Waymark", wallS, ours.peakBytes / 1e6, ours.snapshotBytes / 1e6],
      [
        name,
        `Valhalla ${best.version}`,
        best.wallMs / 1000,
        best.peakBytes / 1e6,
        best.tileBytes / 1e6,
      ],
    );
  }
  report({
    suite: "network",
    title: "Beside valhalla_build_tiles",
    columns: [
      "extract",
      "importer",
      { name: "wall s", digits: 2 },
      { name: "peak MB", digits: 0 },
      { name: "on disk MB", digits: 2 },
    ],
    rows,
    notes: [
      `Same files, same machine, one after the other, all ${availableParallelism()} threads, fastest ` +
        `of ${rounds}, both without terrain. Valhalla's time is of its process; its tiles ` +
        "hold more per edge (lanes, signs, admin areas, several languages) than our snapshot.",
    ],
  });
}
