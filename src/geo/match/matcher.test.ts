import { describe, expect, it } from "vitest";
import { type Town, town } from "../../../test/town.ts";
import { createRng, normal } from "../../base/rng.ts";
import { haversine, METRES_PER_DEGREE, metresPerLon } from "../lonlat.ts";
import { assembleNetwork } from "../network/assemble.ts";
import { ACCESS } from "../network/attribute.ts";
import { compileProfile } from "../network/profile.ts";
import {
  createMatcher,
  debugMatch,
  geometryOf,
  type Match,
  type MatchedPiece,
  type TrackPoints,
} from "./index.ts";

type Position = readonly [number, number];

interface WalkOptions {
  readonly speedMps?: number;
  readonly everyS?: number;
  readonly sigmaM?: number;
  readonly seed?: number;
}

/** A recording along a line: a row every second, with white noise where asked for. */
function walk(line: readonly Position[], options: WalkOptions = {}): TrackPoints {
  const { speedMps = 3, everyS = 1, sigmaM = 0, seed = 1 } = options;
  const rng = createRng(seed);
  const lon: number[] = [];
  const lat: number[] = [];
  let carry = 0;
  for (let i = 0; i + 1 < line.length; i++) {
    const [a, b] = [line[i]!, line[i + 1]!];
    const length = haversine(a[0], a[1], b[0], b[1]);
    let d = carry;
    for (; d < length; d += speedMps * everyS) {
      lon.push(a[0] + ((b[0] - a[0]) * d) / length);
      lat.push(a[1] + ((b[1] - a[1]) * d) / length);
    }
    carry = d - length;
  }
  lon.push(line.at(-1)![0]);
  lat.push(line.at(-1)![1]);
  const noise = (): number => (sigmaM > 0 ? sigmaM * normal(rng) : 0);
  return {
    lon: Float64Array.from(lon, (x, i) => x + noise() / metresPerLon(lat[i]!)),
    lat: Float64Array.from(lat, (y) => y + noise() / METRES_PER_DEGREE),
    timeMs: Float64Array.from(lon, (_, i) => 1_700_000_000_000 + 1000 * everyS * i),
  };
}

const along = (t: Town, letters: string): Position[] => [...letters].map((c) => t.at[c]!);

function matcherOf(t: Town, profile = "foot") {
  return createMatcher(t.network, compileProfile(t.network, profile));
}

/** Letters of the arcs of every piece, "~reason" off the network. */
function story(t: Town, match: Match): string {
  return match.pieces
    .map((p) =>
      p.kind === "matched" ? [...p.arcs].map((a) => t.lettersOf(a)).join(" ") : `~${p.reason}`,
    )
    .join(" | ");
}

function matched(match: Match): MatchedPiece[] {
  return match.pieces.filter((p) => p.kind === "matched");
}

const GRID = town(
  `
   A----------B----------C
   |          |          |
   |          |          |
   |          |          |
   |          |          |
   |          |          |
   D----------E----------F`,
  ["ABC", "DEF", "AD", "BE", "CF"],
);

describe("a track on the network", () => {
  it("becomes arcs with fractions, times and a length", () => {
    const match = matcherOf(GRID).match(walk(along(GRID, "ABEF")));
    expect(story(GRID, match)).toBe("AB BE EF");
    const [piece] = matched(match);
    expect(piece!.startFraction).toBeCloseTo(0, 2);
    expect(piece!.endFraction).toBeCloseTo(1, 2);
    expect(piece!.lengthM).toBeCloseTo(280, 0);
    // 3 m/s: B after 110 m, E after 170 m, and 280 m in all.
    const seconds = [...piece!.timeMs].map((t) => (t - piece!.timeMs[0]!) / 1000);
    expect(seconds[1]).toBeCloseTo(110 / 3, 0);
    expect(seconds[2]).toBeCloseTo(170 / 3, 0);
    expect(seconds[3]).toBeCloseTo(280 / 3, -0.5);
    expect(match.statistics.matchedM).toBe(piece!.lengthM);
    expect(match.statistics.rmsM).toBeLessThan(0.1);
  });

  it("is cut at both ends where the recording begins and stops", () => {
    const [a, b] = [GRID.at.A!, GRID.at.C!];
    const part = (f: number): Position => [a[0] + (b[0] - a[0]) * f, a[1]];
    const match = matcherOf(GRID).match(walk([part(0.25), part(0.9)]));
    const [piece] = matched(match);
    const line = geometryOf(GRID.network, piece!);
    expect(haversine(line.lon[0]!, line.lat[0]!, ...part(0.25))).toBeLessThan(0.5);
    expect(haversine(line.lon.at(-1)!, line.lat.at(-1)!, ...part(0.9))).toBeLessThan(0.5);
    expect(piece!.lengthM).toBeCloseTo(0.65 * 220, 0);
  });

  it("stays on the path beside another when the fixes are noisy", () => {
    const t = town(
      `
       A------------------------------------------B
       |                                          |
       C------------------------------------------D`,
      ["AB", "CD", "AC", "BD"],
    );
    const [a, b] = [t.at.A!, t.at.B!];
    // Ends 20 m from the corners: which side of a corner a noisy end lies on nobody can tell.
    const inside: Position[] = [
      [a[0] + 27e-5, a[1]],
      [b[0] - 27e-5, b[1]],
    ];
    for (let seed = 1; seed <= 10; seed++) {
      const match = matcherOf(t).match(walk(inside, { sigmaM: 5, seed }));
      expect(story(t, match)).toBe("AB");
    }
  });

  it("goes out and back on the same street, turning between two junctions", () => {
    const t = town("A------------------------------B", ["AB"]);
    const [a, b] = [t.at.A!, t.at.B!];
    const far: Position = [a[0] + 0.7 * (b[0] - a[0]), a[1]];
    const match = matcherOf(t).match(walk([a, far, a], { sigmaM: 2 }));
    expect(story(t, match)).toBe("AB | BA");
    const [out, back] = matched(match);
    expect(out!.endFraction).toBeCloseTo(0.7, 1);
    expect(back!.startFraction).toBeCloseTo(1 - out!.endFraction, 3);
    expect(out!.lengthM + back!.lengthM).toBeCloseTo(2 * 0.7 * 310, -1.2);
  });

  it("turns back at a dead end", () => {
    const t = town(
      `
       A-------B-------C
               |
               |
               |
               |
               |
               D`,
      ["ABC", "BD"],
    );
    const match = matcherOf(t).match(walk(along(t, "ABDBC")));
    const arcs = matched(match).flatMap((p) => [...p.arcs]);
    expect(arcs.map((a) => t.lettersOf(a))).toEqual(["AB", "BD", "DB", "BC"]);
  });

  it("counts each lap of a loop", () => {
    const t = town(
      `
       A----------B
       |          |
       |          |
       |          |
       |          |
       |          |
       D----------C`,
      ["AB", "BC", "CD", "DA"],
    );
    const match = matcherOf(t).match(walk(along(t, "ABCDABCDA"), { sigmaM: 3 }));
    expect(story(t, match)).toBe("AB BC CD DA AB BC CD DA");
  });

  it("follows a hairpin whose legs lie within noise of each other", () => {
    const t = town(
      `
       A--------------------------------B
                                        |
       D--------------------------------C`,
      ["ABCD"],
    );
    const match = matcherOf(t).match(walk(along(t, "ABCD"), { sigmaM: 2 }));
    expect(story(t, match)).toBe("ABCD");
    expect(match.statistics.matchedM).toBeCloseTo(680, -1.5);
  });

  it("draws no spur into the side streets while someone stands at a corner", () => {
    const out = walk(along(GRID, "AB"), { sigmaM: 3 });
    const stand = Array.from({ length: 300 }, () => GRID.at.B!);
    const rng = createRng(7);
    const rest = walk(along(GRID, "BC"), { sigmaM: 3, seed: 2 });
    const lon = [...out.lon, ...stand.map((p) => p[0] + (4 * normal(rng)) / metresPerLon(p[1]))];
    const lat = [...out.lat, ...stand.map((p) => p[1] + (4 * normal(rng)) / METRES_PER_DEGREE)];
    const match = matcherOf(GRID).match({
      lon: Float64Array.from([...lon, ...rest.lon]),
      lat: Float64Array.from([...lat, ...rest.lat]),
      timeMs: Float64Array.from({ length: lon.length + rest.lon.length }, (_, i) => 1000 * i),
    });
    expect(story(GRID, match)).toBe("AB BC");
    // The five minutes pass where they were spent: B is reached before and left after them.
    const [piece] = matched(match);
    expect(piece!.timeMs[2]! - piece!.timeMs[0]!).toBe(1000 * (lon.length + rest.lon.length - 1));
  });

  it("finds the way between fixes a minute apart", () => {
    const match = matcherOf(GRID).match(walk(along(GRID, "ABEF"), { speedMps: 1.5, everyS: 60 }));
    expect(story(GRID, match)).toBe("AB BE EF");
  });

  it("goes on by the route through a silence of the recorder", () => {
    const all = walk(along(GRID, "ABEF"));
    const keep = [...all.lon.keys()].filter((i) => i < 20 || i > 70);
    const pick = (column: Float64Array): Float64Array => Float64Array.from(keep, (i) => column[i]!);
    const match = matcherOf(GRID).match({
      lon: pick(all.lon),
      lat: pick(all.lat),
      timeMs: pick(all.timeMs!),
    });
    expect(story(GRID, match)).toBe("AB BE EF");
  });
});

describe("legality", () => {
  const t = town(
    `
     A----------B----------C
     |                     |
     D---------------------E`,
    {
      AB: { oneway: "yes", highway: "residential" },
      BC: { oneway: "yes", highway: "residential" },
      AD: {},
      DE: {},
      CE: {},
    },
  );

  it("drives a one-way street only its way, by car", () => {
    const match = matcherOf(t, "car").match(walk(along(t, "CBA"), { speedMps: 8 }));
    expect(story(t, match)).not.toContain("BA");
    const legal = matcherOf(t, "car").match(walk(along(t, "ABC"), { speedMps: 8 }));
    expect(story(t, legal)).toBe("AB BC");
  });

  it("walks it both ways", () => {
    expect(story(t, matcherOf(t, "foot").match(walk(along(t, "CBA"))))).toBe("CB BA");
  });
});

describe("off the network", () => {
  const meadow = town(
    `
    A--------------------B                              E--------------------F
                                                         |
                                                         |
                                                         |
                                                         |
                                                         |
                                                         |
                                                         G`,
    ["AB", "EFG".slice(0, 2), "EG"],
  );

  it("returns a meadow between two matched pieces", () => {
    const match = matcherOf(meadow).match(walk(along(meadow, "ABEF"), { sigmaM: 3 }));
    expect(story(meadow, match)).toBe("AB | ~left | EF");
    const [, off] = match.pieces;
    expect(off!.lengthM).toBeGreaterThan(250);
    expect(off!.lengthM).toBeLessThan(380);
  });

  it("is not forced onto a road far away", () => {
    const line = along(meadow, "AB").map(([x, y]): Position => [x, y + 200 / METRES_PER_DEGREE]);
    const match = matcherOf(meadow).match(walk(line));
    expect(match.pieces.map((p) => p.kind)).toEqual(["off-network"]);
    expect(match.statistics.matchedM).toBe(0);
  });

  it("says that the recorder was silent where it jumps faster than anyone moves", () => {
    const first = walk(along(meadow, "AB"));
    const second = walk(along(meadow, "EF"));
    const later = first.timeMs!.at(-1)! + 30_000;
    const match = matcherOf(meadow).match({
      lon: Float64Array.from([...first.lon, ...second.lon]),
      lat: Float64Array.from([...first.lat, ...second.lat]),
      timeMs: Float64Array.from([
        ...first.timeMs!,
        ...Array.from(second.lon, (_, i) => later + 1000 * i),
      ]),
    });
    expect(story(meadow, match)).toBe("AB | ~gap | EF");
  });

  it("says that a track beyond the map is outside it", () => {
    const far = walk([
      [9, 48],
      [9.01, 48],
    ]);
    const match = matcherOf(meadow).match(far);
    expect(story(meadow, match)).toBe("~outside");
    expect(match.pieces[0]).toMatchObject({ firstPoint: 0, lastPoint: far.lon.length - 1 });
  });

  it("keeps urban noise on its street", () => {
    const t = town("A------------------------------------------------------------B", ["AB"]);
    const rng = createRng(3);
    const track = walk(along(t, "AB"));
    // First-order autoregression, τ = 20 s, σ = 8 m.
    const rho = Math.exp(-1 / 20);
    const drift = (): ((metre: number) => number) => {
      let error = 8 * normal(rng);
      return (metre) => {
        error = rho * error + 8 * Math.sqrt(1 - rho * rho) * normal(rng);
        return error / metre;
      };
    };
    const [east, north] = [drift(), drift()];
    const noisy = {
      ...track,
      lon: track.lon.map((x) => x + east(metresPerLon(47))),
      lat: track.lat.map((y) => y + north(METRES_PER_DEGREE)),
    };
    expect(story(t, matcherOf(t).match(noisy))).toBe("AB");
  });
});

describe("confidence", () => {
  const beside = town(
    `
       A------------------------------------------B
       |                                          |
       C------------------------------------------D`,
    ["AB", "CD", "AC", "BD"],
    { grid: 8 },
  );

  it("is lower the nearer a track comes to the middle between two paths", () => {
    const confidence = [2, 5, 6.5, 7.5].map((shiftM) => {
      const [a, b] = [beside.at.A!, beside.at.B!];
      const lat = a[1] - shiftM / METRES_PER_DEGREE;
      const line: Position[] = [
        [a[0] + 5e-4, lat],
        [b[0] - 5e-4, lat],
      ];
      const [piece] = matched(matcherOf(beside).match(walk(line)));
      expect(piece!.arcs).toEqual(Uint32Array.of(beside.arcOf("AB")));
      return piece!.confidence;
    });
    for (let i = 1; i < confidence.length; i++) {
      expect(confidence[i]).toBeLessThan(confidence[i - 1]!);
    }
    expect(confidence[0]).toBeGreaterThan(0.9);
    // Half a metre from the middle it is nearly a coin's toss.
    expect(confidence[3]).toBeGreaterThan(0.5);
    expect(confidence[3]).toBeLessThan(0.8);
  });
});

describe("what recordings are like", () => {
  const matcher = matcherOf(GRID);

  it("refuses one without two positions, and says how many it has", () => {
    const none = { lon: new Float64Array(3).fill(NaN), lat: new Float64Array(3).fill(NaN) };
    expect(() => matcher.match(none)).toThrowError(/0 of 3 rows have a position/);
    const [x, y] = GRID.at.A!;
    const one = { lon: Float64Array.of(x), lat: Float64Array.of(y) };
    expect(() => matcher.match(one)).toThrowError(
      expect.objectContaining({ code: "MATCH_NO_POSITION" }),
    );
    const empty = { lon: new Float64Array(0), lat: new Float64Array(0) };
    expect(() => matcher.match(empty)).toThrowError(/0 of 0/);
  });

  it("passes over rows without position or out of range", () => {
    const track = walk(along(GRID, "ABEF"));
    track.lon[0] = NaN;
    track.lat[10] = NaN;
    track.lon[20] = 500;
    track.lat[30] = Number.POSITIVE_INFINITY;
    const match = matcher.match(track);
    expect(story(GRID, match)).toBe("AB BE EF");
    expect(match.pieces[0]!.firstPoint).toBe(1);
    expect(match.statistics.points).toBe(track.lon.length - 4);
  });

  it("matches rows that all stand in one place", () => {
    const [x, y] = GRID.at.B!;
    const still = { lon: new Float64Array(50).fill(x), lat: new Float64Array(50).fill(y) };
    const match = matcher.match(still);
    expect(match.pieces).toHaveLength(1);
    expect(match.pieces[0]).toMatchObject({ kind: "matched", firstPoint: 0, lastPoint: 49 });
    expect(match.pieces[0]!.lengthM).toBeCloseTo(0, 3);
  });

  it("gives no times where the recording has none, and the same path", () => {
    const { lon, lat } = walk(along(GRID, "ABEF"));
    const match = matcher.match({ lon, lat });
    expect(story(GRID, match)).toBe("AB BE EF");
    expect([...matched(match)[0]!.timeMs].every(Number.isNaN)).toBe(true);
  });

  it("survives times that stand still or run back", () => {
    const track = walk(along(GRID, "ABEF"));
    const timeMs = track.timeMs!.map((t, i) => (i % 7 === 0 ? t - 5000 : i % 5 === 0 ? NaN : t));
    expect(story(GRID, matcher.match({ ...track, timeMs }))).toBe("AB BE EF");
    const frozen = new Float64Array(track.lon.length).fill(1);
    expect(story(GRID, matcher.match({ ...track, timeMs: frozen }))).toBe("AB BE EF");
  });

  it("trusts a fix less where the recorder says that it is poor", () => {
    const track = walk(along(GRID, "ABC"));
    const lat = track.lat.map((y, i) => (i > 30 && i < 36 ? y - 45 / METRES_PER_DEGREE : y));
    const accuracyM = new Float32Array(lat.length).map((_, i) => (i > 30 && i < 36 ? 60 : 4));
    expect(story(GRID, matcher.match({ ...track, lat, accuracyM }))).toBe("AB BC");
  });

  it("matches a million points", () => {
    const lap = walk(along(GRID, "ABCFEDA"), { sigmaM: 2 });
    const n = 1_000_000;
    const rows = lap.lon.length;
    const match = matcher.match({
      lon: Float64Array.from({ length: n }, (_, i) => lap.lon[i % rows]!),
      lat: Float64Array.from({ length: n }, (_, i) => lap.lat[i % rows]!),
      timeMs: Float64Array.from({ length: n }, (_, i) => 1000 * i),
    });
    expect(match.statistics.points).toBe(n);
    const laps = n / rows;
    expect(match.statistics.matchedM / laps).toBeGreaterThan(500);
    expect(match.statistics.matchedM / laps).toBeLessThan(620);
  }, 60_000);
});

describe("where maps are awkward", () => {
  /** A street of three nodes heading east from a place, 200 m each. */
  function street(lon: number, lat: number) {
    const step = 200 / metresPerLon(lat);
    const wrap = (x: number): number => (x > 180 ? x - 360 : x);
    const nodes = [0, 1, 2].map((i) => Math.round(wrap(lon + i * step) * 1e7));
    const nodeLon = Int32Array.from(nodes);
    const nodeLat = new Int32Array(3).fill(Math.round(lat * 1e7));
    const network = assembleNetwork({
      nodeLon,
      nodeLat,
      source: Uint32Array.of(0, 1),
      target: Uint32Array.of(1, 2),
      firstShape: Uint32Array.of(0, 2, 4),
      shapeLon: Int32Array.of(nodes[0]!, nodes[1]!, nodes[1]!, nodes[2]!),
      shapeLat: new Int32Array(4).fill(nodeLat[0]!),
      wayId: Float64Array.of(1, 2),
      roadClass: Uint8Array.of(12, 12),
      access: new Uint8Array(2).fill(ACCESS.FOOT_FORWARD | ACCESS.FOOT_BACKWARD),
    });
    const track = walk([
      [lon, lat],
      [lon + 2 * step, lat],
    ]);
    return { network, track: { ...track, lon: track.lon.map(wrap) } };
  }

  it.each([
    ["the antimeridian at a junction", 180 - 200 / metresPerLon(-17), -17],
    ["Svalbard", 15.6, 78.2],
    ["Quito", -78.5, -0.2],
  ])("matches a street at %s", (_, lon, lat) => {
    const { network, track } = street(lon, lat);
    const match = createMatcher(network, compileProfile(network, "foot")).match(track);
    expect(match.pieces).toHaveLength(1);
    expect(match.statistics.matchedM).toBeGreaterThan(395);
    expect(match.statistics.matchedM).toBeLessThan(401);
  });

  it("answers for a network without edges", () => {
    const network = assembleNetwork({
      nodeLon: new Int32Array(0),
      nodeLat: new Int32Array(0),
      source: new Uint32Array(0),
      target: new Uint32Array(0),
      firstShape: Uint32Array.of(0),
      shapeLon: new Int32Array(0),
      shapeLat: new Int32Array(0),
      wayId: new Float64Array(0),
      access: new Uint8Array(0),
    });
    const match = createMatcher(network, compileProfile(network, "foot")).match(
      walk(along(GRID, "AB")),
    );
    expect(match.pieces.map((p) => p.kind)).toEqual(["off-network"]);
  });
});

describe("the debug form", () => {
  it("shows the candidates of each step, the choice and the breaks, and the same match", () => {
    const matcher = matcherOf(GRID);
    const track = walk(along(GRID, "ABEF"));
    const debug = debugMatch(matcher, track);
    expect(debug.match).toEqual(matcher.match(track));
    expect(debug.breaks).toEqual([]);
    for (const step of debug.steps) {
      expect(step.states.filter((s) => s.isChosen)).toHaveLength(1);
      expect(step.states.at(-1)!.arc).toBeUndefined();
    }
    const last = debug.steps.at(-1)!.states.find((s) => s.isChosen)!;
    expect(last.cost).toBeCloseTo(debug.cost, 9);
  });
});
