/** Reads a network and builds its candidate index away from the thread that answers requests. */
import { serve } from "../../platform/job/worker-pool.ts";
import { loadMatchMap, type MatchMap } from "./match-map.ts";

serve<string, MatchMap>((path) => loadMatchMap(path));
