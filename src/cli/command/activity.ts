/** `waymark activity list` and `waymark activity show ID|FILE`. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { Command } from "commander";
import { WaymarkError } from "../../base/index.ts";
import { readRecording } from "../../jobs/read-recording.ts";
import {
  type ActivityAnswer,
  type ActivityDetail,
  type ActivitySummary,
  activityDetailSchema,
} from "../../schema/activity.ts";
import { type ActivityList, LIST_LIMIT_MAX } from "../../schema/activity-list.ts";
import { decodeActivity } from "../../store/activity-row.ts";
import { type ActivityStore, allActivities, NO_ACTIVITIES } from "../../store/activity-store.ts";
import { isStoreFolder, openStore } from "../../store/open-store.ts";
import { formatDetail, formatSummary } from "../format.ts";
import { orThroughServer, type ServerClient } from "../server-client.ts";
import type { Settings } from "../settings.ts";
import type { Terminal } from "../terminal.ts";

interface Flags {
  readonly data: string;
  readonly json?: boolean;
}

export function activityCommand(settings: Settings, terminal: Terminal): Command {
  const list = new Command("list")
    .description("the stored activities, newest first")
    .option("--data <dir>", "folder of the store", settings.dataFolder)
    .option("--json", "print one JSON object per activity, a line each")
    .action(async (flags: Flags) => {
      const activities = await reading(flags.data, settings, (store) => store.list());
      for (const activity of activities) {
        if (flags.json) terminal.json(activity);
        else terminal.result(formatSummary(activity));
      }
      if (activities.length === 0) {
        terminal.log.info(`nothing is stored in ${flags.data}; 'waymark import PATH' fills it`);
      }
    });
  const show = new Command("show")
    .description("one activity: its measures, its repairs and its match")
    .argument("<id>", "id of a stored activity, or a file that is read without being stored")
    .option("--data <dir>", "folder of the store", settings.dataFolder)
    .option("--json", "print one JSON object per activity, a line each")
    .action(async (id: string, flags: Flags) => {
      for (const detail of await find(id, flags.data, settings)) {
        if (flags.json) terminal.json(detail);
        else terminal.result(formatDetail(detail));
      }
    });
  return new Command("activity")
    .description("look at activities")
    .addCommand(list)
    .addCommand(show);
}

/** Opens the store for one question; one that was never filled is empty, and stays unmade. */
async function reading<T>(
  dataFolder: string,
  { databaseUrl }: Settings,
  ask: (store: ActivityStore) => Promise<T>,
): Promise<T> {
  if (databaseUrl === undefined && !isStoreFolder(dataFolder)) return await ask(NO_ACTIVITIES);
  return await orThroughServer(
    dataFolder,
    async () => {
      const store = await openStore({ dataFolder, databaseUrl });
      try {
        return await ask(allActivities(store.activities));
      } finally {
        await store.close();
      }
    },
    (server) => ask(activitiesOf(server)),
  );
}

/** What the owner sees of a running server's activities. */
function activitiesOf(server: ServerClient): ActivityStore {
  const at = (id: string) => `/api/activities/${encodeURIComponent(id)}`;
  return {
    async list() {
      const activities: ActivitySummary[] = [];
      let cursor = "";
      do {
        const query = `limit=${LIST_LIMIT_MAX}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`;
        const page = await server.ask<ActivityList>("GET", `/api/activities?${query}`);
        activities.push(...page.activities);
        cursor = page.next ?? "";
      } while (cursor !== "");
      return activities;
    },
    async detail(id) {
      const answer = await server.ask<ActivityAnswer>("GET", at(id)).catch((error: unknown) => {
        // A path to a file is no id, which is not found.
        const isNoId = error instanceof WaymarkError && error.code === "USAGE";
        throw isNoId ? new WaymarkError("NOT_FOUND", error.message, { cause: error }) : error;
      });
      return activityDetailSchema.parse(answer);
    },
    streams: (id) => server.ask("GET", `${at(id)}/streams`),
  };
}

/** A stored activity, or all that a file holds. */
async function find(id: string, folder: string, settings: Settings): Promise<ActivityDetail[]> {
  try {
    return [await reading(folder, settings, (store) => store.detail(id))];
  } catch (error) {
    if (!(error instanceof WaymarkError && error.code === "NOT_FOUND")) throw error;
  }
  if (!existsSync(id)) {
    throw new WaymarkError(
      "NOT_FOUND",
      `'${id}' is neither an activity stored in ${folder} nor a file; 'waymark activity list' shows what is stored`,
    );
  }
  let bytes: Uint8Array;
  try {
    bytes = await readFile(id);
  } catch (cause) {
    throw new WaymarkError("FILE_READ", `${id} cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  }
  const read = readRecording({ bytes, name: basename(id) });
  return read.activities.map(({ encoded }) => decodeActivity(encoded, "you"));
}
