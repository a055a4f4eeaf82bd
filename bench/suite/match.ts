/**
 * Map matching: accuracy on tracks with known truth, and speed beside peers. `--kubicka DIR` runs
 * any folder of tracks in the form of that benchmark instead.
 */
import { parseArgs } from "node:util";
import { runKubicka } from "../match/kubicka.ts";

const OPTIONS = {
  kubicka: { type: "string" },
  every: { type: "string" },
  track: { type: "string", multiple: true },
  json: { type: "boolean" },
} as const;

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  if (values.kubicka !== undefined) {
    runKubicka(values.kubicka, {
      everyS: Number(values.every ?? 0),
      only: values.track,
      isJson: values.json ?? false,
    });
  }
}
