// A small world for tests of the base map, the server and the page: a hillside village of a few
// streets, a lake and a wood as OSM data, and activities whose streams and pieces run over it. All of
// it is arithmetic on one seed, so every number that a test names can be worked out by hand.
import { createRng, normal } from "../../src/base/rng.ts";
import { METRES_PER_DEGREE, metresPerLon, UNITS_PER_DEGREE } from "../../src/geo/lonlat.ts";
import { MEMBER_WAY, MISSING_NODE, type OsmData } from "../../src/geo/network/osm/osm-data.ts";
import { encodePolyline } from "../../src/geo/polyline.ts";
import { simplify } from "../../src/geo/simplify.ts";
import type { ActivityDetail, ActivityStreams } from "../../src/schema/activity.ts";
import type { StoredActivity } from "../../src/store/activity-row.ts";

type Words = Readonly<Record<string, string>>;
type Place = readonly [lon: number, lat: number];

export interface OsmDrawing {
  /** id → place, with tags where the node has some. */
  readonly nodes: Readonly<Record<number, readonly [lon: number, lat: number, tags?: Words]>>;
  readonly ways?: readonly { id: number; refs: readonly number[]; tags: Words }[];
  readonly relations?: readonly {
    id: number;
    tags: Words;
    members: readonly { way: number; role: string }[];
  }[];
}

/** OSM data in columns from a drawing; a ref that the drawing lacks is a missing node. */
export function osmOf({ nodes, ways = [], relations = [] }: OsmDrawing): OsmData {
  const strings: string[] = [];
  const indexOf = new Map<string, number>();
  const intern = (text: string): number => {
    let index = indexOf.get(text);
    if (index === undefined) {
      index = strings.push(text) - 1;
      indexOf.set(text, index);
    }
    return index;
  };
  const tagColumns = (all: readonly Words[]) => {
    const firstTag = [0];
    const tagKey: number[] = [];
    const tagValue: number[] = [];
    for (const tags of all) {
      for (const [key, value] of Object.entries(tags)) {
        tagKey.push(intern(key));
        tagValue.push(intern(value));
      }
      firstTag.push(tagKey.length);
    }
    return {
      firstTag: Uint32Array.from(firstTag),
      tagKey: Uint32Array.from(tagKey),
      tagValue: Uint32Array.from(tagValue),
    };
  };
  const offsets = (lengths: readonly number[]): Uint32Array => {
    const first = new Uint32Array(lengths.length + 1);
    lengths.forEach((length, i) => {
      first[i + 1] = first[i]! + length;
    });
    return first;
  };
  const ids = Object.keys(nodes)
    .map(Number)
    .sort((a, b) => a - b);
  const row = new Map(ids.map((id, i) => [id, i]));
  const place = ids.map((id) => nodes[id]!);
  const tagged = ids.flatMap((id, i) => (nodes[id]![2] ? [i] : []));
  const members = relations.flatMap((relation) => relation.members);
  const lon = place.map((p) => p[0]);
  const lat = place.map((p) => p[1]);
  return {
    strings,
    node: {
      id: Float64Array.from(ids),
      lon: Int32Array.from(lon, (x) => Math.round(x * UNITS_PER_DEGREE)),
      lat: Int32Array.from(lat, (y) => Math.round(y * UNITS_PER_DEGREE)),
    },
    taggedNode: {
      ...tagColumns(tagged.map((i) => place[i]![2]!)),
      index: Uint32Array.from(tagged),
    },
    way: {
      ...tagColumns(ways.map((way) => way.tags)),
      id: Float64Array.from(ways, (way) => way.id),
      firstRef: offsets(ways.map((way) => way.refs.length)),
      ref: Uint32Array.from(
        ways.flatMap((way) => way.refs.map((id) => row.get(id) ?? MISSING_NODE)),
      ),
    },
    relation: {
      ...tagColumns(relations.map((relation) => relation.tags)),
      id: Float64Array.from(relations, (relation) => relation.id),
      firstMember: offsets(relations.map((relation) => relation.members.length)),
      memberType: new Uint8Array(members.length).fill(MEMBER_WAY),
      memberId: Float64Array.from(members, (member) => member.way),
      memberRole: Uint32Array.from(members, (member) => intern(member.role)),
    },
    timestampMs: 0,
    bbox: [Math.min(...lon), Math.min(...lat), Math.max(...lon), Math.max(...lat)],
    repairs: [],
  };
}

const CENTRE: Place = [8.7, 49.4];
/** Metres east and north of the centre to degrees. */
function at(east: number, north: number): Place {
  return [CENTRE[0] + east / metresPerLon(CENTRE[1]), CENTRE[1] + north / METRES_PER_DEGREE];
}

/** The trail round the lake, in metres from the centre; the activities follow it. */
const LOOP: readonly (readonly [number, number])[] = Array.from({ length: 73 }, (_, i) => {
  const angle = (i / 72) * 2 * Math.PI;
  const radius = 900 + 180 * Math.sin(3 * angle) + 60 * Math.cos(7 * angle);
  return [Math.cos(angle) * radius * 1.25, Math.sin(angle) * radius];
});

/** The village as OSM data: streets, a trail round a lake, a wood with a clearing, a peak. */
export function villageOsm(): OsmData {
  const nodes: Record<number, readonly [number, number, Words?]> = {};
  const ways: { id: number; refs: number[]; tags: Words }[] = [];
  let nextId = 1;
  const draw = (points: readonly (readonly [number, number])[], tags: Words): number => {
    const isClosed = points[0]![0] === points.at(-1)![0] && points[0]![1] === points.at(-1)![1];
    const refs = (isClosed ? points.slice(0, -1) : points).map(([east, north]) => {
      nodes[nextId] = at(east, north);
      return nextId++;
    });
    if (isClosed) refs.push(refs[0]!);
    const id = 1000 + ways.length;
    ways.push({ id, refs, tags });
    return id;
  };
  const circle = (east: number, north: number, radius: number, n = 24) =>
    Array.from({ length: n + 1 }, (_, i) => {
      const angle = ((i % n) / n) * 2 * Math.PI;
      return [east + Math.cos(angle) * radius, north + Math.sin(angle) * radius] as const;
    });
  const name = { name: "Lake Trail", highway: "path", sac_scale: "hiking" };
  for (let first = 0; first < 72; first += 18) draw(LOOP.slice(first, first + 19), name);
  draw(circle(0, 0, 420), { natural: "water", name: "Mirror Lake" });
  for (let k = -3; k <= 3; k++) {
    draw(
      [
        [-2000, 1500 + k * 150],
        [2000, 1500 + k * 150],
      ],
      {
        highway: k === 0 ? "primary" : "residential",
        name: k === 0 ? "High Street" : `${k + 4}. Lane`,
      },
    );
    draw(
      [
        [k * 400, 1050],
        [k * 400, 1950],
      ],
      { highway: "residential" },
    );
  }
  draw(
    [
      [1950, 1500],
      [2100, 1550],
      [2150, 1650],
    ],
    { highway: "steps" },
  );
  draw(
    [
      [-2400, -400],
      [2400, -500],
    ],
    { waterway: "river", name: "Alder" },
  );
  draw(
    [
      [-2000, -1800],
      [2000, -1700],
    ],
    { highway: "track", tracktype: "grade3" },
  );
  draw(
    [
      [-2300, 1000],
      [2300, 900],
    ],
    { railway: "rail" },
  );
  for (let k = -9; k < 9; k++) {
    const [x, y] = [k * 200 + 60, 1580];
    draw(
      [
        [x, y],
        [x + 30, y],
        [x + 30, y + 25],
        [x, y + 25],
        [x, y],
      ],
      { building: "yes" },
    );
  }
  draw(
    [
      [-2100, 980],
      [2100, 980],
      [2100, 2000],
      [-2100, 2000],
      [-2100, 980],
    ],
    {
      landuse: "residential",
    },
  );
  const edge = draw(circle(-1300, -1400, 700), {});
  const clearing = draw(circle(-1300, -1400, 200), {});
  nodes[nextId++] = [...at(0, 1500), { place: "village", name: "Alderbrook", population: "2400" }];
  nodes[nextId++] = [...at(1500, -1400), { natural: "peak", name: "Crow Top", ele: "812" }];
  nodes[nextId++] = [...at(-600, 700), { tourism: "viewpoint", name: "Pulpit" }];
  return osmOf({
    nodes,
    ways,
    relations: [
      {
        id: 9001,
        tags: { type: "multipolygon", natural: "wood", name: "Kingswood" },
        members: [
          { way: edge, role: "outer" },
          { way: clearing, role: "inner" },
        ],
      },
    ],
  });
}

export interface ActivityWish {
  readonly id: string;
  readonly title?: string;
  readonly sport?: string;
  readonly startMs: number;
  readonly laps?: number;
  readonly seed?: number;
  /** Metres per second. */
  readonly speed?: number;
}

/**
 * An activity round the lake: one row a second, noise of 3 m, a heart that follows the hill, a pause,
 * and a stretch across the meadow that no path explains.
 */
export function lakeActivity(wish: ActivityWish): StoredActivity {
  const rng = createRng(wish.seed ?? 7);
  const speed = wish.speed ?? 3;
  const path: (readonly [number, number])[] = [];
  for (let lap = 0; lap < (wish.laps ?? 1); lap++) {
    path.push(...LOOP.slice(lap === 0 ? 0 : 1));
  }
  const cut = path.length - 12;
  const loopEnd = path[cut]!;
  // The last stretch leaves the trail for the lake's shore.
  const meadow = Array.from({ length: 8 }, (_, i) => {
    const t = (i + 1) / 8;
    return [loopEnd[0] * (1 - 0.35 * t), loopEnd[1] * (1 - 0.35 * t) - 40 * t] as const;
  });
  const route = [...path.slice(0, cut + 1), ...meadow];
  const places = alongRoute(route, speed);
  const n = places.length;
  const timeS: number[] = [];
  const distanceM: number[] = [];
  const lon: number[] = [];
  const lat: number[] = [];
  const altitudeM: number[] = [];
  const speedMps: number[] = [];
  const grade: number[] = [];
  const heartRateBpm: (number | null)[] = [];
  let distance = 0;
  for (let i = 0; i < n; i++) {
    const [east, north] = places[i]!;
    const hill = (k: number) => 320 + 60 * Math.sin((k / n) * 4 * Math.PI) + 25 * Math.sin(k / 60);
    const [x, y] = at(east + 3 * normal(rng), north + 3 * normal(rng));
    // A stop of a minute at the viewpoint, one third in.
    timeS.push(i + (i > n / 3 ? 60 : 0));
    const pace = speed * (1 - 0.15 * Math.cos((i / n) * 4 * Math.PI)) + 0.1 * normal(rng);
    distance += i === 0 ? 0 : speed;
    distanceM.push(distance);
    lon.push(x);
    lat.push(y);
    altitudeM.push(hill(i));
    grade.push((hill(i + 1) - hill(i)) / speed);
    speedMps.push(pace);
    heartRateBpm.push(
      i < 8 ? null : Math.round(128 + 24 * Math.sin((i / n) * 4 * Math.PI) + i / 90),
    );
  }
  const gain = altitudeM.reduce((sum, z, i) => sum + Math.max(0, z - (altitudeM[i - 1] ?? z)), 0);
  const offFirst = Math.round((n * cut) / route.length);
  const isTrue = (from: number, to: number) => {
    const kept = places.slice(from, to + 1).map(([east, north]) => at(east, north));
    return encodePolyline(
      kept.map((p) => p[0]),
      kept.map((p) => p[1]),
      6,
    );
  };
  const kept = simplify(lon, lat, 15);
  const streams: ActivityStreams = {
    timeS,
    distanceM,
    lon,
    lat,
    altitudeM,
    speedMps,
    grade,
    heartRateBpm,
    isMoving: timeS.map((t, i) => (i > 0 && t - timeS[i - 1]! > 1 ? 0 : 1)),
  };
  const elapsedS = timeS.at(-1)!;
  const splits = Array.from({ length: Math.ceil(distance / 1000) }, (_, k) => {
    const first = distanceM.findIndex((d) => d >= k * 1000);
    const after = distanceM.findIndex((d) => d >= (k + 1) * 1000);
    const last = after < 0 ? n - 1 : after;
    const rows = altitudeM.slice(first, last + 1);
    const rise = (sign: number) =>
      rows.reduce((sum, z, i) => sum + Math.max(0, sign * (z - (rows[i - 1] ?? z))), 0);
    return {
      index: k,
      distanceM: distanceM[last]! - distanceM[first]!,
      movingS: last - first,
      elapsedS: timeS[last]! - timeS[first]!,
      gainM: rise(1),
      lossM: rise(-1),
      averageHeartRateBpm: 140 + k,
    };
  });
  const detail: ActivityDetail = {
    id: wish.id,
    title: wish.title ?? "Round Mirror Lake",
    athlete: "Robin Alder",
    sport: wish.sport ?? "trail-run",
    startMs: wish.startMs,
    distanceM: distance,
    elapsedS,
    movingS: n - 1,
    gainM: gain,
    lossM: gain,
    averageHeartRateBpm: 141,
    points: n,
    hasPosition: true,
    repairCount: 2,
    matchedM: distanceM[offFirst]!,
    offNetworkM: distance - distanceM[offFirst]!,
    line: encodePolyline(
      Array.from(kept, (i) => lon[i]!),
      Array.from(kept, (i) => lat[i]!),
      6,
    ),
    bbox: [Math.min(...lon), Math.min(...lat), Math.max(...lon), Math.max(...lat)],
    statedSport: "running/trail",
    isVirtual: false,
    device: "Fenwatch 3",
    file: `${wish.id}.fit`,
    format: "fit",
    averageSpeedMps: distance / (n - 1),
    maxSpeedMps: Math.max(...speedMps),
    maxHeartRateBpm: 171,
    averagePowerW: null,
    normalisedPowerW: null,
    gradeAdjustedPaceSPerM: 0.31,
    repairs: [
      {
        code: "position-jump",
        count: 3,
        unit: "record",
        message: "Positions that nobody can reach in the time were left out.",
      },
      {
        code: "time-duplicate",
        count: 1,
        unit: "record",
        message: "A row with the time of the row before was dropped.",
      },
    ],
    splits,
    bestEfforts: [
      {
        name: "400 m",
        distanceM: 400,
        elapsedS: 400 / (speed * 1.1),
        startMs: wish.startMs + 60_000,
      },
      { name: "1 km", distanceM: 1000, elapsedS: 1000 / (speed * 1.05), startMs: wish.startMs },
    ],
    pauses: [
      {
        startMs: wish.startMs + Math.floor(n / 3) * 1000,
        endMs: wish.startMs + (Math.floor(n / 3) + 60) * 1000,
        kind: "auto",
      },
    ],
    match: {
      networkVersion: "village-1",
      profile: "foot",
      sigmaM: 3.1,
      rmsM: 3.4,
      pieces: [
        {
          kind: "matched",
          reason: null,
          firstPoint: 0,
          lastPoint: offFirst,
          lengthM: distanceM[offFirst]!,
          confidence: 0.98,
          line: isTrue(0, offFirst),
          names: ["Lake Trail"],
        },
        {
          kind: "off-network",
          reason: "left",
          firstPoint: offFirst,
          lastPoint: n - 1,
          lengthM: distance - distanceM[offFirst]!,
          confidence: null,
          line: encodePolyline(lon.slice(offFirst), lat.slice(offFirst), 6),
          names: [],
        },
      ],
    },
  };
  return { detail, streams };
}

/** One place a second along corners, in metres. */
function alongRoute(
  corners: readonly (readonly [number, number])[],
  speed: number,
): (readonly [number, number])[] {
  const places: (readonly [number, number])[] = [];
  let rest = 0;
  for (let i = 1; i < corners.length; i++) {
    const [ax, ay] = corners[i - 1]!;
    const [bx, by] = corners[i]!;
    const length = Math.hypot(bx - ax, by - ay);
    for (; rest < length; rest += speed) {
      const t = rest / length;
      places.push([ax + (bx - ax) * t, ay + (by - ay) * t]);
    }
    rest -= length;
  }
  return places;
}
