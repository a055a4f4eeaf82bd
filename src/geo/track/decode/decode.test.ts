import { gzipSync, zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { WaymarkError } from "../../../base/index.ts";
import { createRng, integer } from "../../../base/rng.ts";
import { decodeFile } from "./decode.ts";
import { detectFormat } from "./detect.ts";
import { ride } from "./fit-bytes.fixture.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const GPX = encode(
  '<?xml version="1.0"?><gpx><trk><trkseg><trkpt lat="1" lon="2"/></trkseg></trk></gpx>',
);
const TCX = encode(
  '<TrainingCenterDatabase><Activities><Activity Sport="Running"><Lap StartTime="2021-01-01T00:00:00Z"><Track><Trackpoint><Time>2021-01-01T00:00:00Z</Time></Trackpoint></Track></Lap></Activity></Activities></TrainingCenterDatabase>',
);
const FIT = ride(3).file();

function refusal(bytes: Uint8Array, fileName = "x", options = {}): WaymarkError {
  try {
    decodeFile(bytes, fileName, options);
  } catch (error) {
    if (error instanceof WaymarkError) return error;
    throw error;
  }
  throw new Error("the file was not refused");
}

describe("the format of a file", () => {
  it.each([
    ["fit", FIT],
    ["gpx", GPX],
    ["tcx", TCX],
  ] as const)(
    "is known as %s by its content, plain, gzipped and gzipped twice",
    (format, bytes) => {
      expect(decodeFile(bytes, `x.${format}`)).toMatchObject({ format, repairs: [] });
      const packed = gzipSync(bytes);
      expect(decodeFile(packed, `x.${format}.gz`)).toMatchObject({ format, repairs: [] });
      expect(decodeFile(gzipSync(packed), `x.${format}.gz`).format).toBe(format);
    },
  );

  it("that the name does not tell is a repair", () => {
    const codes = (bytes: Uint8Array, name: string) =>
      decodeFile(bytes, name).repairs.map((repair) => repair.code);
    expect(codes(GPX, "x.fit")).toEqual(["wrong-extension"]);
    expect(codes(gzipSync(FIT), "x.fit")).toEqual(["wrong-extension"]);
    expect(codes(FIT, "x.FIT.gz")).toEqual(["wrong-extension"]);
    expect(codes(FIT, "X.FIT")).toEqual([]);
    expect(codes(gzipSync(FIT), "2021.01/x.FIT.GZ")).toEqual([]);
    expect(codes(FIT, "upload")).toEqual([]);
  });

  it.each([
    ["a PNG image", Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10)],
    ["a JPEG image", Uint8Array.of(0xff, 0xd8, 0xff, 0xe0)],
    ["a PDF document", encode("%PDF-1.7")],
    ["a zip archive", zipSync({ "a.fit": FIT })],
    ["an HTML page", encode("<!DOCTYPE html><html><body>404</body></html>")],
    ["an HTML page", encode("\n<HTML lang='en'>")],
    ["a JSON file", encode('{"message": "Authorization Error"}')],
    ["a JSON file", encode("[]")],
    ["a KML file", encode('<?xml version="1.0"?><kml:kml></kml:kml>')],
    ["an XML file of another kind (<worksheet>)", encode("<worksheet/>")],
    ["a text file", encode("time,lat,lon\n1,2,3\n")],
    ["a macOS resource fork", Uint8Array.of(0, 5, 0x16, 7, 0, 2, 0, 0)],
    ["a file of zero bytes", new Uint8Array(100)],
    ["binary data of an unknown kind", Uint8Array.of(200, 1, 2, 3, 4, 5, 6, 7)],
  ])("is named when it is %s", (what, bytes) => {
    expect(detectFormat(bytes)).toEqual({
      format: what === "a zip archive" ? "zip" : undefined,
      what,
    });
    const error = refusal(bytes);
    expect(error.code).toBe("TRACK_FORMAT");
    expect(error.message).toContain(what);
    expect(error.choices).toEqual(["fit", "gpx", "tcx"]);
    expect(refusal(gzipSync(bytes)).message).toContain(`the gzip file holds ${what}`);
  });

  it("is found behind comments, a document type and another prefix", () => {
    const head = "<?xml version='1.0'?><!-- <kml> --><!DOCTYPE x [<!ELEMENT a ANY>]>";
    expect(detectFormat(encode(`${head}<g:gpx/>`)).format).toBe("gpx");
  });
});

describe("limits", () => {
  it("say that a file is empty, plain or gzipped", () => {
    expect(refusal(new Uint8Array(0)).code).toBe("TRACK_EMPTY");
    expect(refusal(gzipSync(new Uint8Array(0))).code).toBe("TRACK_EMPTY");
  });

  it("hold before anything is read", () => {
    const error = refusal(new Uint8Array(3 * 2 ** 20), "x.fit", { maxBytes: 2 * 2 ** 20 });
    expect(error.code).toBe("TRACK_TOO_LARGE");
    expect(error.message).toContain("3 MiB");
  });

  it("refuse 200 MB of zeros at once", () => {
    const began = performance.now();
    expect(refusal(new Uint8Array(200e6)).code).toBe("TRACK_FORMAT");
    expect(performance.now() - began).toBeLessThan(5000);
  });

  it("stop a bomb of 1 GiB at the bound", () => {
    const member = gzipSync(new Uint8Array(2 ** 24), { level: 9 });
    const bomb = new Uint8Array(member.length * 64);
    for (let i = 0; i < 64; i++) bomb.set(member, i * member.length);
    expect(refusal(bomb, "x.gpx.gz", { maxBytes: 2 ** 24 }).code).toBe("TRACK_TOO_LARGE");
    const one = gzipSync(new Uint8Array(2 ** 26), { level: 9 });
    expect(one.length).toBeLessThan(100_000);
    expect(refusal(one, "x.gpx.gz", { maxBytes: 2 ** 24 }).code).toBe("TRACK_TOO_LARGE");
  });
});

describe("a damaged gzip file", () => {
  const rng = createRng(5);
  const points = Array.from(
    { length: 3000 },
    () => `<trkpt lat="${rng() * 90}" lon="${rng() * 90}"/>`,
  );
  const packed = gzipSync(encode(`<gpx><trk><trkseg>${points.join("")}</trkseg></trk></gpx>`));

  it("gives what comes before the cut", () => {
    const file = decodeFile(packed.slice(0, packed.length / 2), "x.gpx.gz");
    expect(file.recordings[0]!.streams.length).toBeGreaterThan(1400);
    expect(file.repairs.map((repair) => repair.code)).toEqual(["damaged-gzip", "truncated-file"]);
  });

  it("gives what comes before a byte that is wrong, without delay", () => {
    const began = performance.now();
    for (let trial = 0; trial < 20; trial++) {
      const bytes = packed.slice();
      bytes[integer(rng, bytes.length - 100) + 60] = integer(rng, 256);
      try {
        decodeFile(bytes, "x.gpx.gz");
      } catch (error) {
        expect(error).toBeInstanceOf(WaymarkError);
      }
    }
    expect(performance.now() - began).toBeLessThan(15_000);
  }, 30_000);

  it("whose checksum is wrong says so", () => {
    const bytes = packed.slice();
    bytes[bytes.length - 6]! ^= 1;
    expect(decodeFile(bytes, "x.gpx.gz").repairs).toMatchObject([{ code: "bad-crc", count: 1 }]);
  });

  it("that ends inside its own header or trailer is refused or kept, never a crash", () => {
    for (let length = 2; length < 40; length++) {
      expect(refusal(packed.slice(0, length)).code).toMatch(/^TRACK_/);
    }
    for (let cut = 1; cut <= 8; cut++) {
      const file = decodeFile(packed.slice(0, packed.length - cut), "x.gpx.gz");
      expect(file.recordings[0]!.streams.length).toBe(3000);
    }
  });
});
