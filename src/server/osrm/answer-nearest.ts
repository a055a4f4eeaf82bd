/** The nearest places of the network, in OSRM's words. */
import { haversine } from "../../geo/lonlat.ts";
import { nearestPlaces } from "../../geo/match/nearest.ts";
import { nameOf } from "../../geo/network/network.ts";
import type { OsrmNearestAnswer } from "../../schema/osrm.ts";
import { position } from "./geometry.ts";
import type { ThreadMap } from "./match-map.ts";
import { OsrmProblem } from "./problem.ts";
import type { NearestQuestion } from "./question.ts";

/** @throws OsrmProblem NoSegment */
export function answerNearest(threadMap: ThreadMap, question: NearestQuestion): OsrmNearestAnswer {
  const { network, index } = threadMap.map;
  const arcs = threadMap.arcsOf(question.profile);
  const [lon, lat] = [question.lon[0]!, question.lat[0]!];
  const radiusM = question.radiusM?.[0] ?? Number.NaN;
  const places = nearestPlaces(index, arcs, lon, lat, {
    limit: question.number,
    bearing: question.bearings?.[0],
    ...(!Number.isNaN(radiusM) && { radiusM }),
  });
  if (places.length === 0) {
    throw new OsrmProblem("NoSegment", "no path that the profile may use lies there");
  }
  if (question.skipWaypoints) return { code: "Ok" };
  return {
    code: "Ok",
    waypoints: places.map(({ edge, lon: x, lat: y }) => {
      const from = network.nodeOsmId[network.source[edge]!]!;
      const to = network.nodeOsmId[network.target[edge]!]!;
      return {
        nodes: arcs.isOpen[2 * edge] === 1 ? [from, to] : [to, from],
        distance: Math.round(haversine(lon, lat, x, y) * 1000) / 1000,
        name: nameOf(network, edge),
        location: position(x, y),
      };
    }),
  };
}
