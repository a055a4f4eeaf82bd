/** `waymark match FILE --map MAP --profile P`: the paths that a recording followed. */
import { readFile } from "node:fs/promises";
import { Command } from "commander";
import { WaymarkError } from "../../base/index.ts";
import { PROFILE_NAMES, type ProfileName } from "../../geo/network/profile.ts";
import { unreadable } from "../../jobs/find-files.ts";
import { openMap } from "../../jobs/import-map.ts";
import { type DescribedMatch, describeMatch, matchActivity } from "../../jobs/match-recording.ts";
import { readActivities } from "../../jobs/read-recording.ts";
import { formatKm } from "../format.ts";
import { openSharedMap } from "../open-map.ts";
import { createProgress } from "../progress.ts";
import { parseThreads, type Settings } from "../settings.ts";
import type { Terminal } from "../terminal.ts";

interface Flags {
  readonly map: string;
  readonly profile: ProfileName;
  readonly json?: boolean;
  readonly threads: number;
}

export function matchCommand(settings: Settings, terminal: Terminal): Command {
  return new Command("match")
    .description("the paths that a recording followed, without storing anything")
    .argument("<file>", "a FIT, GPX or TCX file, plain or gzipped")
    .requiredOption(
      "--map <map>",
      "folder made by 'map build', or an OSM file, which is built once and kept in the cache",
    )
    .requiredOption("--profile <name>", `who moves: ${PROFILE_NAMES.join(", ")}`, parseProfile)
    .option("--json", "print one JSON object per activity, a line each")
    .option("--threads <n>", "worker threads", (text) => parseThreads(text), settings.threads)
    .action(async (file: string, flags: Flags) => {
      const bytes = await read(file);
      const progress = createProgress(process.stderr);
      try {
        const options = { ...settings, threads: flags.threads };
        const map = openMap(await openSharedMap(flags.map, options, progress));
        progress.stop();
        const activities = readActivities(bytes, file, map.elevation);
        // Of a triathlon the swim in the pool is passed over; alone it is an error.
        const placed = activities.filter((activity) => activity.hasPosition);
        for (const activity of placed.length > 0 ? placed : activities) {
          const match = matchActivity(activity, map.matcher(flags.profile));
          const described = describeMatch(match, activity, map.network);
          if (flags.json) terminal.json({ file, ...described });
          else for (const line of formatMatch(file, described)) terminal.result(line);
        }
      } finally {
        progress.stop();
      }
    });
}

function parseProfile(text: string): ProfileName {
  const name = PROFILE_NAMES.find((profile) => profile === text);
  if (name) return name;
  throw new WaymarkError(
    "PROFILE_UNKNOWN",
    `profile '${text}' is unknown; choose one of ${PROFILE_NAMES.join(", ")}`,
    { choices: PROFILE_NAMES },
  );
}

async function read(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

function formatMatch(file: string, match: DescribedMatch): string[] {
  const { matchedM, offNetworkM, points, sigmaM } = match.statistics;
  const pieces = match.pieces.map(({ kind, reason, lengthM, edges, confidence }) =>
    kind === "matched"
      ? `  ${formatKm(lengthM)} on ${edges.length} edges, confidence ${confidence?.toFixed(2)}`
      : `  ${formatKm(lengthM)} off the network (${reason})`,
  );
  return [
    `${file}: ${points.toLocaleString("en-US")} points, ${formatKm(matchedM)} on the network, ` +
      `${formatKm(offNetworkM)} off it (${match.profile}, σ ${sigmaM.toFixed(1)} m)`,
    ...pieces,
  ];
}
