import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { gzipSync, zipSync, zlibSync } from "fflate";
import { describe, expect, it } from "vitest";
import { SHARED, shared } from "../../../test/shared.ts";
import { createGrid, mosaic, readElevation, readGeoTiff, readHgt } from "./index.ts";
import { openTiff } from "./tiff.ts";

/** A 3″ tile whose height is a function of column and row. */
function hgt(height: (x: number, y: number) => number): Uint8Array {
  const bytes = new Uint8Array(1201 * 1201 * 2);
  const view = new DataView(bytes.buffer);
  for (let y = 0; y < 1201; y++) {
    for (let x = 0; x < 1201; x++) view.setInt16((y * 1201 + x) * 2, height(x, y));
  }
  return bytes;
}

describe("readHgt", () => {
  it("puts rows from north to south and columns from west to east", () => {
    const grid = readHgt(
      hgt((x, y) => x + 2 * y),
      "some/folder/N42E001.hgt",
    );
    expect(grid.at(1, 43)).toBe(0);
    expect(grid.at(2, 43)).toBe(1200);
    expect(grid.at(1, 42)).toBe(2400);
    expect(grid.at(1.5, 42.5)).toBeCloseTo(600 + 1200, 6);
  });

  it("reads southern and western corners", () => {
    const grid = readHgt(
      hgt(() => 7),
      "S34W071.hgt",
    );
    expect([grid.lon, grid.lat]).toEqual([-71, -34]);
    expect(grid.at(-70.5, -33.5)).toBe(7);
    expect(grid.at(-71.5, -33.5)).toBeNaN();
  });

  it("is exact on every plane (bilinear)", () => {
    const grid = readHgt(
      hgt((x, y) => 3 * x - 2 * y + 2500),
      "N00E000.hgt",
    );
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (lon, lat) => {
          const expected = 3 * lon * 1200 - 2 * (1 - lat) * 1200 + 2500;
          expect(grid.at(lon, lat)).toBeCloseTo(expected, 3);
        },
      ),
    );
  });

  it("fills a small void from its rim and leaves a large one void", () => {
    const isSmall = (x: number, y: number): boolean => x >= 100 && x < 105 && y >= 100 && y < 105;
    const isLarge = (x: number, y: number): boolean => x >= 600 && x < 700 && y >= 600 && y < 700;
    const grid = readHgt(
      hgt((x, y) => (isSmall(x, y) || isLarge(x, y) ? -32768 : 2 * x)),
      "N00E000.hgt",
    );
    expect(grid.filledCount).toBe(25);
    expect(grid.voidCount).toBe(10_000);
    expect(Math.abs(grid.at(102 / 1200, 1 - 102 / 1200) - 204)).toBeLessThan(2);
    expect(grid.at(650 / 1200, 1 - 650 / 1200)).toBeNaN();
  });

  it("refuses another size and a name without a corner", () => {
    expect(() => readHgt(new Uint8Array(100), "N42E001.hgt")).toThrow(
      /100 bytes are no \.hgt grid/,
    );
    expect(() =>
      readHgt(
        hgt(() => 0),
        "tile.hgt",
      ),
    ).toThrow(/tells no corner/);
  });
});

describe("readElevation", () => {
  it("opens .hgt.zip and .hgt.gz", () => {
    const bytes = hgt((x) => x);
    const zip = zipSync({ "readme.txt": new Uint8Array(3), "N42E001.hgt": bytes }, { level: 1 });
    expect(readElevation(zip, "N42E001.hgt.zip").at(1.5, 42.5)).toBeCloseTo(600, 3);
    const gz = gzipSync(bytes, { level: 1 });
    expect(readElevation(gz, "N42E001.hgt.gz").at(1.5, 42.5)).toBeCloseTo(600, 3);
  });

  it("refuses an archive without a grid, a bomb and damage", () => {
    const empty = zipSync({ "readme.txt": new Uint8Array(3) });
    expect(() => readElevation(empty, "N42E001.hgt.zip")).toThrow(/holds no \.hgt file/);
    const bomb = gzipSync(new Uint8Array(27_000_000), { level: 1 });
    expect(() => readElevation(bomb, "N42E001.hgt.gz")).toThrow(/more than any/);
    const torn = gzipSync(
      hgt((x, y) => (x * y) % 97),
      { level: 1 },
    ).subarray(0, 5000);
    expect(() => readElevation(torn, "N42E001.hgt.gz")).toThrow(/damaged|no \.hgt grid/);
    expect(() => readElevation(new Uint8Array(9), "a.zip")).toThrow(/zip archive is damaged/);
  });
});

/** A little TIFF writer: one image, given tags, one chunk of samples after another. */
function tiffOf(
  tags: readonly (readonly [
    tag: number,
    type: 2 | 3 | 4 | 12,
    values: readonly number[] | string,
  ])[],
  chunks: readonly Uint8Array[],
  chunkTags: readonly [offsets: number, counts: number],
  isLittle = true,
): Uint8Array {
  const offsets: number[] = [];
  let at = 8;
  for (const chunk of chunks) {
    offsets.push(at);
    at += chunk.length;
  }
  at += at % 2;
  const all = [
    ...tags,
    [chunkTags[0], 4, offsets] as const,
    [chunkTags[1], 4, chunks.map((c) => c.length)] as const,
  ].sort((a, b) => a[0] - b[0]);
  const bytes = new Uint8Array(at + 2 + all.length * 12 + 4 + 4096);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, isLittle ? 0x4949 : 0x4d4d);
  view.setUint16(2, 42, isLittle);
  view.setUint32(4, at, isLittle);
  chunks.forEach((chunk, c) => {
    bytes.set(chunk, offsets[c]);
  });
  view.setUint16(at, all.length, isLittle);
  let free = at + 2 + all.length * 12 + 4;
  const sizes = { 2: 1, 3: 2, 4: 4, 12: 8 } as const;
  all.forEach(([tag, type, given], e) => {
    const entry = at + 2 + e * 12;
    const values = typeof given === "string" ? [...given, "\0"].map((c) => c.charCodeAt(0)) : given;
    view.setUint16(entry, tag, isLittle);
    view.setUint16(entry + 2, type, isLittle);
    view.setUint32(entry + 4, values.length, isLittle);
    const isInline = values.length * sizes[type] <= 4;
    if (!isInline) view.setUint32(entry + 8, free, isLittle);
    values.forEach((value, k) => {
      const to = (isInline ? entry + 8 : free) + k * sizes[type];
      if (type === 2) view.setUint8(to, value);
      else if (type === 3) view.setUint16(to, value, isLittle);
      else if (type === 4) view.setUint32(to, value, isLittle);
      else view.setFloat64(to, value, isLittle);
    });
    if (!isInline) free += values.length * sizes[type];
  });
  return bytes.subarray(0, free);
}

const WIDTH = 6;
const HEIGHT = 4;
const STRIPS = [273, 279] as const;
const TILES = [324, 325] as const;
const geoKeys = (keys: readonly (readonly [number, number])[]) =>
  [34735, 3, [1, 1, 0, keys.length, ...keys.flatMap(([k, v]) => [k, 0, 1, v])]] as const;
const WGS84 = [
  [1024, 2],
  [2048, 4326],
] as const;
const frame = (keys: readonly (readonly [number, number])[] = WGS84) =>
  [
    [256, 3, [WIDTH]],
    [257, 3, [HEIGHT]],
    [277, 3, [1]],
    [33550, 12, [0.5, 0.5, 0]],
    [33922, 12, [0, 0, 0, 10, 50, 0]],
    geoKeys(keys),
  ] as const;
const floats = (values: readonly number[]): Uint8Array =>
  new Uint8Array(Float32Array.from(values).buffer);
const counting = Array.from({ length: WIDTH * HEIGHT }, (_, k) => k);
const plain = (keys?: readonly (readonly [number, number])[]): Uint8Array =>
  tiffOf(
    [...frame(keys), [258, 3, [32]], [259, 3, [1]], [278, 3, [HEIGHT]], [339, 3, [3]]],
    [floats(counting)],
    STRIPS,
  );
/** Every sample centre answers its own number. */
function expectCounting(bytes: Uint8Array): void {
  const grid = readGeoTiff(bytes);
  for (const k of counting) {
    const x = k % WIDTH;
    const y = (k - x) / WIDTH;
    expect(grid.at(10.25 + x / 2, 49.75 - y / 2)).toBeCloseTo(k, 4);
  }
}

describe("readGeoTiff", () => {
  it("puts samples at pixel centres", () => {
    expectCounting(plain());
    const grid = readGeoTiff(plain());
    expect(grid.at(10.5, 49.5)).toBeCloseTo(3.5, 6);
    expect(grid.at(9.9, 49.5)).toBeNaN();
  });

  it("puts samples at points where the file says so", () => {
    const grid = readGeoTiff(plain([...WGS84, [1025, 2]]));
    expect(grid.at(10, 50)).toBe(0);
    expect(grid.at(10.5, 50)).toBe(1);
  });

  it("reads strips of big-endian int16, deflated with differences, and their no-data value", () => {
    const strips = [0, 2].map((top) => {
      const raw = new Uint8Array(2 * WIDTH * 2);
      const view = new DataView(raw.buffer);
      for (let y = 0; y < 2; y++) {
        for (let x = 0; x < WIDTH; x++) {
          const value = (k: number): number => (k === 7 ? -9999 : k);
          const k = (top + y) * WIDTH + x;
          view.setInt16((y * WIDTH + x) * 2, value(k) - (x > 0 ? value(k - 1) : 0));
        }
      }
      return zlibSync(raw);
    });
    const grid = readGeoTiff(
      tiffOf(
        [
          ...frame(),
          [258, 3, [16]],
          [259, 3, [8]],
          [278, 3, [2]],
          [317, 3, [2]],
          [339, 3, [2]],
          [42113, 2, "-9999"],
        ],
        strips,
        STRIPS,
        false,
      ),
    );
    expect(grid.at(10.25, 49.75)).toBe(0);
    expect(grid.at(12.75, 48.25)).toBe(23);
    expect(grid.at(10.75, 49.25)).toBeNaN();
  });

  it("reads tiles of float32 with the floating-point predictor", () => {
    const tiles = [0, 4].map((left) => {
      const raw = new Uint8Array(4 * 4 * 4);
      for (let y = 0; y < 4; y++) {
        const row = new Uint8Array(16);
        const view = new DataView(new ArrayBuffer(16));
        for (let x = 0; x < 4; x++)
          view.setFloat32(x * 4, left + x < WIDTH ? y * WIDTH + left + x : 0);
        for (let b = 0; b < 4; b++) {
          for (let x = 0; x < 4; x++) row[b * 4 + x] = view.getUint8(x * 4 + b);
        }
        for (let k = 15; k > 0; k--) row[k] = row[k]! - row[k - 1]!;
        raw.set(row, y * 16);
      }
      return zlibSync(raw);
    });
    expectCounting(
      tiffOf(
        [
          ...frame(),
          [258, 3, [32]],
          [259, 3, [8]],
          [317, 3, [3]],
          [322, 3, [4]],
          [323, 3, [4]],
          [339, 3, [3]],
        ],
        tiles,
        TILES,
      ),
    );
  });

  it("reads LZW and PackBits", () => {
    const raw = Uint8Array.from(counting);
    const head = [...frame(), [258, 3, [8]], [278, 3, [HEIGHT]], [339, 3, [1]]] as const;
    expectCounting(tiffOf([...head, [259, 3, [5]]], [lzw(raw)], STRIPS));
    const packed = Uint8Array.of(raw.length - 1, ...raw);
    expectCounting(tiffOf([...head, [259, 3, [32773]]], [packed], STRIPS));
  });

  it("unpacks LZW of any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 5000, maxLength: 12_000, max: 3 }), (raw) => {
        const image = openTiff(
          tiffOf(
            [
              [256, 4, [raw.length]],
              [257, 3, [1]],
              [258, 3, [8]],
              [259, 3, [5]],
              [278, 3, [1]],
              [339, 3, [1]],
            ],
            [lzw(raw)],
            STRIPS,
          ),
          1e6,
        );
        expect(Array.from(image.readBand())).toEqual(Array.from(raw));
      }),
      { numRuns: 30 },
    );
  });

  it("reads what the geotiff package writes", () => {
    // In a process of its own: that package cannot be imported inside a worker thread.
    const script = `import { writeArrayBuffer } from "geotiff";
      const values = Float32Array.from({ length: 24 }, (_, k) => k);
      const buffer = writeArrayBuffer(values, { width: 6, height: 4, ModelPixelScale: [0.5, 0.5, 0],
        ModelTiepoint: [0, 0, 0, 10, 50, 0], SampleFormat: [3], BitsPerSample: [32],
        GeographicTypeGeoKey: 4326, GTModelTypeGeoKey: 2 });
      process.stdout.write(Buffer.from(buffer).toString("base64"));`;
    const text = execFileSync(process.execPath, ["--input-type=module", "-e", script], {
      encoding: "utf8",
    });
    expectCounting(Uint8Array.from(Buffer.from(text, "base64")));
  });

  it("refuses a projected grid by its number", () => {
    const projected = plain([
      [1024, 1],
      [3072, 32631],
    ]);
    expect(() => readGeoTiff(projected, "utm.tif")).toThrow(/utm\.tif.*EPSG:32631/);
  });

  it("refuses bytes that are no TIFF, torn ones and changed ones, and never crashes", () => {
    expect(() => readGeoTiff(new Uint8Array([1, 2, 3]))).toThrow(/no TIFF/);
    const whole = plain();
    const attempt = (bytes: Uint8Array): void => {
      try {
        readGeoTiff(bytes);
      } catch (error) {
        expect(error).toMatchObject({ code: "ELEVATION_FORMAT" });
      }
    };
    for (let cut = 0; cut < whole.length; cut++) attempt(whole.subarray(0, cut));
    fc.assert(
      fc.property(
        fc.nat(whole.length - 1),
        fc.nat(255),
        fc.nat(whole.length - 1),
        fc.nat(255),
        (a, x, b, y) => {
          const changed = whole.slice();
          changed[a] = x;
          changed[b] = y;
          attempt(changed);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

/** TIFF's LZW, from the specification's pseudo-code. */
function lzw(raw: Uint8Array): Uint8Array {
  const out: number[] = [];
  let bits = 0;
  let bitCount = 0;
  let width = 9;
  let table = new Map<string, number>();
  let next = 258;
  const emit = (code: number): void => {
    bits = (bits << width) | code;
    bitCount += width;
    while (bitCount >= 8) {
      out.push((bits >> (bitCount - 8)) & 255);
      bitCount -= 8;
    }
    bits &= (1 << bitCount) - 1;
  };
  const codeOf = (text: string): number =>
    text.length === 1 ? text.charCodeAt(0) : table.get(text)!;
  emit(256);
  let run = "";
  for (const byte of raw) {
    const longer = run + String.fromCharCode(byte);
    if (longer.length === 1 || table.has(longer)) {
      run = longer;
      continue;
    }
    emit(codeOf(run));
    table.set(longer, next++);
    if (next === 512 || next === 1024 || next === 2048) width++;
    if (next === 4095) {
      emit(256);
      table = new Map();
      next = 258;
      width = 9;
    }
    run = String.fromCharCode(byte);
  }
  if (run !== "") emit(codeOf(run));
  // The reader's table grows with this code too.
  next++;
  if (next === 512 || next === 1024 || next === 2048) width++;
  emit(257);
  if (bitCount > 0) out.push((bits << (8 - bitCount)) & 255);
  return Uint8Array.from(out);
}

describe("mosaic", () => {
  it("asks the next grid where one is void or ends", () => {
    const tile = (west: number, value: number) =>
      createGrid({
        width: 2,
        height: 2,
        west,
        north: 1,
        stepLon: 1,
        stepLat: 1,
        metres: new Float32Array(4).fill(value),
      });
    const grid = mosaic([tile(0, 1), tile(1, Number.NaN), tile(1, 3)]);
    expect(grid.at(0.3, 0.5)).toBe(1);
    expect(grid.at(1.9, 0.5)).toBe(3);
    expect(grid.at(9, 0.5)).toBeNaN();
  });
});

describe.skipIf(SHARED === undefined)("the tile of Andorra (needs ../shared)", () => {
  it("knows its peak and its valley", () => {
    const file = shared("data", "elevation", "N42E001.hgt.zip");
    const grid = readElevation(readFileSync(file), file);
    // Coma Pedrosa, 2,942 m: 90 m samples cut a summit, and its cross stands between two of them.
    let highest = 0;
    for (let dx = -2; dx <= 2; dx++) {
      for (let dy = -2; dy <= 2; dy++) {
        highest = Math.max(highest, grid.at(1.4447 + dx / 1200, 42.5917 + dy / 1200));
      }
    }
    expect(Math.abs(highest - 2942)).toBeLessThan(40);
    // Andorra la Vella, 1,023 m.
    expect(Math.abs(grid.at(1.5218, 42.5063) - 1023)).toBeLessThan(40);
  });
});
