/** A matching thread: questions in, the bytes of the JSON answer out. */

import { Moved, serve } from "../../platform/job/worker-pool.ts";
import type { OsrmProblemAnswer } from "../../schema/osrm.ts";
import { answerMatch } from "./answer-match.ts";
import { answerNearest } from "./answer-nearest.ts";
import { type MatchMap, ThreadMap } from "./match-map.ts";
import { OsrmProblem } from "./problem.ts";
import type { Question } from "./question.ts";

export type MatchReply =
  | { readonly json: Uint8Array<ArrayBuffer>; readonly problem?: undefined }
  | { readonly problem: OsrmProblemAnswer };

let threadMap: ThreadMap | undefined;
const encoder = new TextEncoder();

serve<Question, MatchReply, MatchMap>((question, map) => {
  threadMap ??= new ThreadMap(map);
  try {
    const answer =
      question.ask === "match"
        ? answerMatch(threadMap, question)
        : answerNearest(threadMap, question);
    const json = encoder.encode(JSON.stringify(answer));
    return new Moved({ json }, [json.buffer]);
  } catch (error) {
    if (error instanceof OsrmProblem) return { problem: error.toJSON() };
    throw error;
  }
});
