/**
 * Map matching: accuracy on tracks with known truth, and speed beside peers. `--kubicka DIR` matches
 * any folder of tracks in the form of that benchmark instead; without `../shared`, where the real
 * data lies, that is all there is.
 */
import { parseArgs } from "node:util";
import { WaymarkError } from "../../src/base/error.ts";
import { SHARED, shared } from "../../test/shared.ts";
import { runItinero } from "../match/itinero.ts";
import { reportKubicka, runKubicka } from "../match/kubicka.ts";
import { profiledMap } from "../match/map.ts";
import { runOffNetwork } from "../match/off-network.ts";
import { runSimulated } from "../match/simulated.ts";
import { isValhallaInstalled, openValhalla } from "../peer/valhalla.ts";
import { printOnly } from "../report.ts";

const MAP_NAME = "Heidelberg 2024";
const PARTS = ["simulated", "kubicka", "itinero", "off-network"] as const;

const OPTIONS = {
  /** A folder or archive of tracks: nothing else is run. */
  kubicka: { type: "string" },
  /** Seconds between rows, for --kubicka. */
  every: { type: "string" },
  /** Only tracks whose id ends so, for --kubicka; may be given several times. */
  track: { type: "string", multiple: true },
  /** One JSON object a line, for --kubicka. */
  json: { type: "boolean" },
  /** Fewer tracks and rounds; bench/results stays as it is. */
  quick: { type: "boolean" },
  /** Only this part; may be given several times, and bench/results stays as it is. */
  part: { type: "string", multiple: true },
} as const;

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  if (values.kubicka !== undefined) {
    const everyS = Number(values.every ?? 0);
    if (!(everyS >= 0))
      throw new WaymarkError("USAGE", `--every ${values.every} is no number of seconds`);
    runKubicka(values.kubicka, { everyS, only: values.track, isJson: values.json ?? false });
    return;
  }
  if (SHARED === undefined) {
    console.log("match: skipped, the maps and tracks of ../shared are not here");
    return;
  }
  const isQuick = values.quick ?? false;
  const wanted = values.part ?? PARTS;
  const unknown = wanted.find((part) => !(PARTS as readonly string[]).includes(part));
  if (unknown !== undefined) {
    throw new WaymarkError(
      "USAGE",
      `part '${unknown}' is unknown; choose one of ${PARTS.join(", ")}`,
    );
  }
  if (isQuick || values.part) printOnly();
  const extract = shared("data", "osm", "heidelberg-2024-09-08.osm.pbf");

  if (wanted.includes("simulated")) {
    const valhalla = isValhallaInstalled() ? await openValhalla(extract) : undefined;
    const { network } = await profiledMap(extract, "foot");
    await runSimulated({
      mapName: MAP_NAME,
      network,
      valhalla,
      runs: isQuick ? 15 : 180,
      rides: isQuick ? 10 : 140,
      timed: 50,
      rounds: isQuick ? 1 : 3,
    });
  }
  if (wanted.includes("kubicka")) {
    reportKubicka(
      shared("data", "mapmatch", "kubicka100"),
      isQuick ? [0, 60] : [0, 10, 30, 60, 120],
    );
  }
  if (wanted.includes("itinero")) await runItinero(shared("data", "mapmatch", "itinero"));
  if (wanted.includes("off-network")) await runOffNetwork(extract, MAP_NAME, isQuick ? 20 : 100);
}
