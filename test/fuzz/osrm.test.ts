// Whatever comes to /match and /nearest, the answer is OSRM's: 200 with code Ok, or 400 with a code
// and a sentence. Never a 500, never a hang, never HTML.
import { request as httpRequest } from "node:http";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OSRM_CODES } from "../../src/schema/osrm.ts";
import { type OsrmTown, osrmTown } from "../conformance/osrm.ts";
import { town } from "../town.ts";

const t = town(
  `
   a-----b-----c
   |     |     |
   |     |     |
   d-----e-----f`,
  ["abc", "def", "ad", "be", "cf"],
  { grid: 20 },
);
let osrm: OsrmTown;
beforeAll(async () => {
  osrm = await osrmTown(t);
});
afterAll(() => osrm.close());

interface Got {
  readonly status: number;
  readonly body: { readonly code: string; readonly message?: string };
}

/** Sends a path as it is: fetch would mend it. */
function send(path: string, body?: string, type = "application/json"): Promise<Got> {
  const { hostname, port } = new URL(osrm.url);
  return new Promise((resolve, reject) => {
    const method = body === undefined ? "GET" : "POST";
    const headers = body === undefined ? {} : { "content-type": type };
    const sent = httpRequest({ hostname, port, path, method, headers }, (got) => {
      let text = "";
      got.setEncoding("utf8");
      got.on("data", (chunk: string) => {
        text += chunk;
      });
      got.on("end", () => {
        try {
          resolve({ status: got.statusCode!, body: JSON.parse(text) as Got["body"] });
        } catch {
          reject(new Error(`${method} ${path.slice(0, 200)} answered ${text.slice(0, 200)}`));
        }
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

function isAnswer({ status, body }: Got, what: string): void {
  if (status === 200) {
    expect(body.code, what).toBe("Ok");
    return;
  }
  expect(status, `${what}: ${JSON.stringify(body)}`).toBe(400);
  expect(OSRM_CODES, what).toContain(body.code);
  expect(body.code, what).not.toBe("ServerFault");
  expect(body.message?.length, what).toBeGreaterThan(5);
}

const OPTIONS = [
  "timestamps",
  "radiuses",
  "bearings",
  "hints",
  "approaches",
  "exclude",
  "generate_hints",
  "skip_waypoints",
  "snapping",
  "gaps",
  "tidy",
  "steps",
  "geometries",
  "overview",
  "annotations",
  "waypoints",
  "alternatives",
  "continue_straight",
  "number",
  "format",
  "__proto__",
  "constructor",
];

const scraps = fc.oneof(
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.constantFrom("", ";", ";;;", "NaN", "-1", "1e400", "0x10", "null", "true", "false", "1;2;3"),
  fc.constantFrom("unlimited", "0;1;2", "0;2", "2;1;0", "polyline", "full", "split", "[]", "{}"),
  fc.array(fc.double({ noDefaultInfinity: true }), { maxLength: 5 }).map((list) => list.join(";")),
);

describe("a URL", () => {
  it("of generated options is answered", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("match", "nearest"),
        fc.constantFrom(...OPTIONS),
        scraps,
        async (service, name, value) => {
          const places = osrm.coordinates(service === "match" ? "abc" : "a");
          const path = `/${service}/v1/foot/${places}?${name}=${encodeURIComponent(value.toWellFormed())}`;
          isAnswer(await send(path), path);
        },
      ),
      { numRuns: 400, seed: 1 },
    );
  });

  it("of generated coordinates and profiles is answered", async () => {
    const places = fc.oneof(
      scraps,
      scraps.map((s) => `polyline(${s})`),
      scraps.map((s) => `polyline6(${s})`),
      fc
        .array(fc.tuple(fc.double(), fc.double()), { maxLength: 6 })
        .map((list) => list.map((p) => p.join(",")).join(";")),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom("match", "nearest"), scraps, places, async (s, p, c) => {
        for (const profile of ["foot", p]) {
          const part = (text: string): string => encodeURIComponent(text.toWellFormed());
          const path = `/${s}/v1/${part(profile)}/${part(c)}`;
          // A profile of nothing or dots is another address, which the web app may answer.
          if (profile === "" || /^\.*$/.test(profile)) continue;
          isAnswer(await send(path), path);
        }
      }),
      { numRuns: 300, seed: 2 },
    );
  });

  it.each([
    ["/match/v1/foot/", "InvalidUrl"],
    ["/match/v1/foot", "InvalidUrl"],
    ["/match/v1", "InvalidUrl"],
    ["/match", "InvalidUrl"],
    ["/match/v2/foot/8,47;8.1,47", "InvalidVersion"],
    ["/match/v1/foot/8,47", "InvalidOptions"],
    ["/match/v1/foot/%ZZ", "InvalidUrl"],
    ["/match/v1/foot/8,91;8,47", "InvalidValue"],
    ["/match/v1/foot/-181,47;8,47", "InvalidValue"],
    ["/match/v1/foot/NaN,NaN;8,47", "InvalidQuery"],
    ["/match/v1/foot/8,47;;8,47", "InvalidQuery"],
    ["/match/v1/foot/8,47,1;8,47", "InvalidQuery"],
    ["/match/v1/foot/polyline(abc)", "InvalidQuery"],
    ["/match/v1/foot/polyline()", "InvalidOptions"],
    ["/match/v1/foot/polyline(~~~~~~~~~~~~~~~~)", "InvalidQuery"],
    ["/match/v1/boat/8,47;8.1,47", "InvalidValue"],
    ["/match/v1/__proto__/8,47;8.1,47", "InvalidValue"],
    ["/match/v1/foot/8,47;8.1,47?exclude=motorway", "InvalidValue"],
    ["/match/v1/foot/8,47;8.1,47?approaches=curb;curb", "NotImplemented"],
    ["/match/v1/foot/8,47;8.1,47?steps=true&steps=false", "InvalidQuery"],
    ["/match/v1/foot/8,47;8.1,47?stepz=true", "InvalidQuery"],
    ["/match/v1/foot/8,47;8.1,47?geometries=wkt", "InvalidQuery"],
    ["/match/v1/foot/8,47;8.1,47?timestamps=1", "InvalidOptions"],
    ["/match/v1/foot/8,47;8.1,47?timestamps=2;1", "InvalidValue"],
    ["/match/v1/foot/8,47;8.1,47?timestamps=1700000000000;1700000001000", "InvalidValue"],
    ["/match/v1/foot/8,47;8.1,47?radiuses=-5;5", "InvalidValue"],
    ["/match/v1/foot/8,47;8.1,47.flatbuffers", "NotImplemented"],
    ["/route/v1/foot/8,47;8.1,47", "NotImplemented"],
    ["/nonsense/v1/foot/8,47;8.1,47", "InvalidService"],
  ])("%s is %s", async (path, code) => {
    const got = await send(path);
    expect(got).toMatchObject({ status: 400, body: { code } });
  });

  it("that is longer than any question says so", async () => {
    const got = await send(`/match/v1/foot/${Array(10_000).fill("8.12345,47.12345").join(";")}`);
    expect(got.status).toBe(431);
    expect(got.body.message).toContain("POST");
  });
});

describe("a body", () => {
  const places = (): number[][] => [..."abc"].map((letter) => [...t.at[letter]!]);

  it("with generated values for every key is answered", async () => {
    const junk = fc.oneof(
      fc.jsonValue(),
      fc.array(fc.jsonValue(), { minLength: 3, maxLength: 3 }),
      fc.constantFrom(
        [1, 2, 3],
        [null, null, null],
        [5, 5, 5],
        ["x", "y", "z"],
        [[1, 2], null, [3, 4]],
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom("coordinates", ...OPTIONS), junk, async (name, value) => {
        const body = JSON.stringify(
          Object.fromEntries([
            ["coordinates", places()],
            [name, value],
          ]),
        );
        isAnswer(await send("/match/v1/foot", body), body);
      }),
      { numRuns: 400, seed: 3 },
    );
  });

  it.each([
    "",
    "null",
    "[]",
    "1",
    '"x"',
    "{",
    '{"coordinates":null}',
    "\u0000",
    "[".repeat(50_000),
  ])("%# that is no question is refused", async (body) => {
    const got = await send("/match/v1/foot", body);
    expect(got).toMatchObject({ status: 400, body: { code: "InvalidQuery" } });
  });

  it("of another type is refused", async () => {
    const got = await send("/match/v1/foot", "<a/>", "text/xml");
    expect(got).toMatchObject({ status: 400, body: { code: "InvalidQuery" } });
    expect(got.body.message).toContain("application/json");
  });

  it("of a million coordinates is too big, as text and as a polyline", async () => {
    const text = JSON.stringify({ coordinates: Array(1_000_000).fill([8, 47]) });
    expect(await send("/match/v1/foot", text)).toMatchObject({
      status: 400,
      body: { code: "TooBig" },
    });
    const line = JSON.stringify({ coordinates: `polyline(${"??".repeat(1_000_000)})` });
    expect(await send("/match/v1/foot", line)).toMatchObject({
      status: 400,
      body: { code: "TooBig" },
    });
  });

  it("of ten thousand coordinates at one place, or everywhere, is answered", async () => {
    const same = JSON.stringify({
      coordinates: Array(10_000).fill(t.at.b),
      steps: true,
      annotations: true,
    });
    expect(await send("/match/v1/foot", same)).toMatchObject({ status: 200, body: { code: "Ok" } });
    const everywhere = Array.from({ length: 10_000 }, (_, i) => [
      ((i * 7919) % 360) - 180,
      ((i * 104_729) % 180) - 90,
    ]);
    const got = await send("/match/v1/foot", JSON.stringify({ coordinates: everywhere }));
    expect(got).toMatchObject({ status: 400, body: { code: "NoSegment" } });
  });

  it("whose times all stand still, or leap by years, is answered", async () => {
    const coordinates = [..."abcfedabc"].map((letter) => t.at[letter]!);
    for (const step of [0, 1, 1e7]) {
      const timestamps = coordinates.map((_, i) => i * step);
      for (const gaps of ["split", "ignore"]) {
        const body = JSON.stringify({ coordinates, timestamps, gaps, tidy: true });
        isAnswer(await send("/match/v1/foot", body), body);
      }
    }
  });
});
