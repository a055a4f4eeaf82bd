/** The server under load on loopback. */
import { parseArgs } from "node:util";
import { WaymarkError } from "../../src/base/error.ts";
import { SHARED, shared } from "../../test/shared.ts";
import { printOnly } from "../report.ts";
import { runMatchLoad } from "../server/match.ts";

const PARTS = ["match"] as const;

const OPTIONS = {
  /** Shorter runs; bench/results stays as it is. */
  quick: { type: "boolean" },
  /** Only this part; may be given several times, and bench/results stays as it is. */
  part: { type: "string", multiple: true },
  /** Requests a second. */
  rate: { type: "string" },
} as const;

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  const wanted = values.part ?? PARTS;
  for (const part of wanted) {
    if (PARTS.some((known) => known === part)) continue;
    throw new WaymarkError(
      "USAGE",
      `part '${part}' is unknown; choose some of ${PARTS.join(", ")}`,
    );
  }
  if (!SHARED) {
    console.log("server: the map of this suite lies in ../shared, which is not here");
    return;
  }
  if (values.quick || values.part || values.rate) printOnly();
  if (wanted.includes("match")) {
    await runMatchLoad({
      extract: shared("data", "osm", "heidelberg-2024-09-08.osm.pbf"),
      mapName: "Heidelberg 2024",
      ratePerS: Number(values.rate ?? 200),
      seconds: values.quick ? 3 : 10,
      threads: 1,
    });
  }
}
