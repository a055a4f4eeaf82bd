/**
 * The heavy part of a world in a thread of its own, so that the server answers while a town is drawn,
 * a network built and a year recorded. The same file is both sides: the caller's function and, as a
 * worker, the work. Recordings come over one by one, as fast as they are taken.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { type ErrorCode, WaymarkError } from "../base/index.ts";
import { mapSchema } from "../schema/map.ts";
import { drawTown, type Region, recordWorld, type SimSport, worldOutings } from "../sim/index.ts";
import { MAP_FILE } from "./build-map.ts";
import { ensureMap, STAGE_LABELS } from "./ensure-map.ts";
import { demFilesOf, openElevation } from "./import-map.ts";
import { loadMapNetwork } from "./load-map.ts";
import { regionOf } from "./region-of.ts";
import { writeTown } from "./write-town.ts";

export const threadDefaults = {
  /**
   * Milliseconds that a stopped thread may take to finish what it writes. A map in the making cannot
   * stop earlier; it is thrown away and begun anew next time.
   */
  graceMs: 3000,
  /** Recordings that may be on their way. */
  ahead: 16,
} as const;

/** Shown on the drawn town's map. */
const TOWN_ATTRIBUTION = "An invented town, drawn by Waymark";

/** A map from an extract; or the recordings of athletes in a drawn town, or on the folder's map. */
export type WorldOrder =
  | {
      readonly kind: "map";
      readonly osmFile: string;
      readonly mapFolder: string;
      readonly threads: number;
    }
  | {
      readonly kind: "demo";
      /** True: the town's map is built into the folder first. */
      readonly isDrawn: boolean;
      readonly seed: number;
      readonly athletes: number;
      readonly days: number;
      readonly untilMs: number;
      readonly townFolder: string;
      readonly mapFolder: string;
      readonly threads: number;
    };

export interface SimulatedFile {
  readonly fileName: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly athlete: string;
  readonly title: string;
  readonly sport: SimSport;
  readonly startMs: number;
}

/** Where the athletes of a demo live. */
export interface Settlement {
  /** For people. */
  readonly place: string;
  readonly networkVersion: string;
  /** When each of them goes out, epoch milliseconds. */
  readonly outings: readonly {
    readonly id: string;
    readonly name: string;
    readonly startsMs: readonly number[];
  }[];
}

export interface WorldOptions {
  readonly signal: AbortSignal;
  /** @param phase what is being done, for people */
  readonly onProgress: (phase: string, done: number, total: number) => void;
  /** Once, before the first file. */
  readonly onSettled?: (settlement: Settlement) => Promise<void>;
  /** Oldest first; the next comes when it has resolved. */
  readonly onFile?: (file: SimulatedFile) => Promise<void>;
}

type Message =
  | { readonly kind: "progress"; readonly progress: readonly [string, number, number] }
  | { readonly kind: "settled"; readonly settlement: Settlement }
  | { readonly kind: "file"; readonly file: SimulatedFile }
  | { readonly kind: "done"; readonly refusal: string | undefined }
  | {
      readonly kind: "error";
      readonly code: ErrorCode | undefined;
      readonly message: string;
      readonly stack: string | undefined;
    };

/**
 * Resolves early when the signal is aborted.
 *
 * @returns why nobody can live on the map, in words; undefined when everything was made
 * @throws WaymarkError of the extract and of the map; what `onSettled` and `onFile` throw
 */
export async function buildInThread(
  order: WorldOrder,
  options: WorldOptions,
): Promise<string | undefined> {
  const { signal, onProgress, onSettled, onFile } = options;
  if (signal.aborted) return undefined;
  const worker = new Worker(new URL(import.meta.url), { workerData: { world: order } });
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    worker.postMessage("stop");
    timer = setTimeout(() => void worker.terminate(), threadDefaults.graceMs);
  };
  signal.addEventListener("abort", stop, { once: true });
  let taken: Promise<unknown> = Promise.resolve();
  let isDone = false;
  try {
    return await new Promise<string | undefined>((resolve, reject) => {
      const inTurn = (take: () => Promise<void> | undefined): void => {
        taken = taken.then(() => (signal.aborted ? undefined : take()));
        taken.catch(reject);
      };
      worker.on("message", (message: Message) => {
        if (message.kind === "progress") onProgress(...message.progress);
        else if (message.kind === "settled") inTurn(() => onSettled?.(message.settlement));
        else if (message.kind === "error") reject(restore(message));
        else if (message.kind === "done") {
          isDone = true;
          taken.then(() => resolve(message.refusal), reject);
        } else {
          inTurn(async () => {
            await onFile?.(message.file);
            worker.postMessage("taken");
          });
        }
      });
      worker.once("error", reject);
      worker.once("exit", (code) => {
        // Done has been answered; this is for a thread that was stopped.
        if (signal.aborted || isDone) taken.then(() => resolve(undefined), reject);
        else reject(new Error(`the building thread ended with ${code}`));
      });
    });
  } finally {
    signal.removeEventListener("abort", stop);
    clearTimeout(timer);
    await worker.terminate();
  }
}

function restore({ code, message, stack }: Extract<Message, { kind: "error" }>): Error {
  const error = code ? new WaymarkError(code, message) : new Error(message);
  if (stack !== undefined) error.stack = stack;
  return error;
}

async function work(order: WorldOrder): Promise<void> {
  const port = parentPort!;
  const send = (message: Message, moved: readonly ArrayBuffer[] = []): void =>
    port.postMessage(message, moved);
  const onProgress = (...progress: readonly [string, number, number]): void =>
    send({ kind: "progress", progress });
  let isStopped = false;
  let room: number = threadDefaults.ahead;
  let go = (): void => {};
  port.on("message", (said: "stop" | "taken") => {
    if (said === "stop") isStopped = true;
    else room++;
    go();
  });

  const build = async (
    osmFile: string,
    more: { demFiles?: string[]; name?: string; attribution?: string },
  ): Promise<void> => {
    await ensureMap({
      osmFile,
      outFolder: order.mapFolder,
      threads: order.threads,
      onProgress: (stage, done, total) => onProgress(STAGE_LABELS[stage], done, total),
      ...more,
    });
  };
  const draw = async (seed: number, townFolder: string): Promise<Settled> => {
    onProgress("Drawing a town", 0, 0);
    const region = drawTown(seed);
    const { name } = region;
    const [osmFile, demFile] = await writeTown(region, townFolder);
    await build(osmFile, { demFiles: [demFile], name, attribution: TOWN_ATTRIBUTION });
    const { version } = await loadMapNetwork(order.mapFolder);
    return { region, networkVersion: version };
  };
  try {
    let refusal: string | undefined;
    if (order.kind === "map") await build(order.osmFile, {});
    else {
      const { seed, athletes, days, untilMs: until, townFolder, mapFolder } = order;
      const settled = order.isDrawn
        ? await draw(seed, townFolder)
        : await settleOn(mapFolder, seed);
      if (typeof settled === "string") refusal = settled;
      else {
        const { region, networkVersion } = settled;
        const world = { seed, athletes, days, until, region };
        const outings = worldOutings(world).map(({ athlete: { id, name }, startsMs }) => {
          return { id, name, startsMs };
        });
        send({ kind: "settled", settlement: { place: region.name, networkVersion, outings } });
        for (const recording of recordWorld(world)) {
          while (room === 0 && !isStopped) {
            await new Promise<void>((resolve) => {
              go = resolve;
            });
          }
          await setImmediate();
          if (isStopped) break;
          room--;
          const { fileName, athlete, title, sport, startMs } = recording;
          const bytes = new Uint8Array(recording.bytes);
          const file = { fileName, bytes, athlete: athlete.name, title, sport, startMs };
          send({ kind: "file", file }, [bytes.buffer]);
        }
      }
    }
    send({ kind: "done", refusal });
  } catch (error) {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    const code = error instanceof WaymarkError ? error.code : undefined;
    send({ kind: "error", code, message, stack });
  } finally {
    port.close();
  }
}

interface Settled {
  readonly region: Region;
  readonly networkVersion: string;
}

/** @returns in words why nobody can live on the folder's map, when it is too small */
async function settleOn(mapFolder: string, seed: number): Promise<Settled | string> {
  const network = await loadMapNetwork(mapFolder);
  const elevation = openElevation(await demFilesOf(mapFolder));
  const info = mapSchema.parse(JSON.parse(await readFile(join(mapFolder, MAP_FILE), "utf8")));
  const settled = regionOf(network, { name: info.name ?? "this map", seed, elevation });
  if (typeof settled === "string") return settled;
  return { region: settled.region, networkVersion: network.version };
}

const data = workerData as { readonly world?: WorldOrder } | null;
if (!isMainThread && data?.world) await work(data.world);
