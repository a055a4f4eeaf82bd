/**
 * What is measured: an engine takes the points of a track in the form it likes best, matches, and
 * gives back the lines it found. Making the request and reading the answer are outside the clock.
 */
import { type CandidateIndex, createMatcher } from "../../src/geo/match/index.ts";
import type { Match, TrackPoints } from "../../src/geo/match/match.ts";
import type { Network } from "../../src/geo/network/network.ts";
import type { ProfileArcs } from "../../src/geo/network/profile.ts";
import {
  type Costing,
  lineOfTrace,
  type TraceSetting,
  traceRequest,
  type Valhalla,
} from "../peer/valhalla.ts";
import { type Line, pieceLines } from "../score/line.ts";

export interface Engine {
  readonly name: string;
  prepare(points: TrackPoints): Job;
}

/** One track of one engine. */
export interface Job {
  readonly points: number;
  /** What the clock runs over. */
  match(): Promise<Answer> | Answer;
}

export interface Answer {
  /** A line per matched piece. */
  lines(): readonly Line[];
  /** Cheap to make and different when the answer differs. */
  checksum(): number;
}

/** Waymark: one matcher for all tracks, as a bulk import has it, so its caches grow warm. */
export function waymarkEngine(network: Network, arcs: ProfileArcs, index: CandidateIndex): Engine {
  const matcher = createMatcher(network, arcs, undefined, index);
  return {
    name: "Waymark",
    prepare: (points) => ({
      points: points.lon.length,
      match: () => answerOf(network, matcher.match(points)),
    }),
  };
}

function answerOf(network: Network, { pieces, statistics }: Match): Answer {
  return {
    lines: () => pieceLines(network, pieces),
    checksum: () => Math.round(statistics.matchedM + statistics.offNetworkM),
  };
}

export function valhallaEngine(
  valhalla: Valhalla,
  costing: Costing,
  setting: TraceSetting,
): Engine {
  return {
    name: setting.name,
    prepare(points) {
      const request = traceRequest(points.lon, points.lat, costing, setting);
      return {
        points: points.lon.length,
        async match() {
          const answer = await valhalla.trace(request);
          return { lines: () => [lineOfTrace(answer)], checksum: () => answer.length };
        },
      };
    },
  };
}

/** An engine's answers to a set of tracks; undefined where it refused one. */
export interface Pass {
  readonly answers: readonly (Answer | undefined)[];
  /** User and system time of this process, all of its threads: garbage collection included. */
  readonly cpuS: number;
  readonly wallS: number;
  readonly points: number;
}

export async function runPass(jobs: readonly Job[]): Promise<Pass> {
  const answers: (Answer | undefined)[] = [];
  const cpu = process.cpuUsage();
  const start = performance.now();
  for (const job of jobs) {
    try {
      answers.push(await job.match());
    } catch {
      // Valhalla refuses tracks that it finds no path for: counted as wholly missed.
      answers.push(undefined);
    }
  }
  const wallS = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return {
    answers,
    cpuS: (user + system) / 1e6,
    wallS,
    points: jobs.reduce((sum, job) => sum + job.points, 0),
  };
}
