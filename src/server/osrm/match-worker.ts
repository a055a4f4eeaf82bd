/**
 * A matching thread: told a map, it takes questions and gives the bytes of the JSON answer. One of
 * the threads also loads the map, away from the one that answers requests, and hands it back to be
 * shared.
 */
import { assert } from "../../base/error.ts";
import { Moved, serve } from "../../platform/job/worker-pool.ts";
import type { OsrmProblemAnswer } from "../../schema/osrm.ts";
import { answerMatch } from "./answer-match.ts";
import { answerNearest } from "./answer-nearest.ts";
import { loadMatchMap, type MatchMap, ThreadMap } from "./match-map.ts";
import { OsrmProblem } from "./problem.ts";
import type { Question } from "./question.ts";

export type MatchTask =
  | Question
  /** Loads a network's file and uses it. */
  | { readonly ask: "load"; readonly path: string }
  | { readonly ask: "use"; readonly map: MatchMap };

export type MatchReply =
  | { readonly kind: "answer"; readonly json: Uint8Array<ArrayBuffer> }
  | { readonly kind: "problem"; readonly problem: OsrmProblemAnswer }
  | { readonly kind: "map"; readonly map: MatchMap };

let threadMap: ThreadMap | undefined;
const encoder = new TextEncoder();

serve<MatchTask, MatchReply>(async (task) => {
  if (task.ask === "load" || task.ask === "use") {
    const map = task.ask === "load" ? await loadMatchMap(task.path) : task.map;
    threadMap = new ThreadMap(map);
    return { kind: "map", map };
  }
  assert(threadMap, "a question came before a map");
  try {
    const answer =
      task.ask === "match" ? answerMatch(threadMap, task) : answerNearest(threadMap, task);
    const json = encoder.encode(JSON.stringify(answer));
    return new Moved({ kind: "answer", json }, [json.buffer]);
  } catch (error) {
    if (error instanceof OsrmProblem) return { kind: "problem", problem: error.toJSON() };
    throw error;
  }
});
