import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, gzipSync, zstdCompressSync } from "node:zlib";
import {
  CompressionType,
  columnFromArray,
  dateDay,
  decimal128,
  dictionary,
  duration,
  float16,
  int64,
  largeUtf8,
  list,
  setCompressionCodec,
  tableFromArrays,
  tableFromColumns,
  tableToIPC,
  timestamp,
  uint64,
  utf8,
} from "@uwdata/flechette";
import type { SchemaElement } from "hyparquet";
import { ByteWriter, type ColumnSource, parquetWrite } from "hyparquet-writer";
import { afterAll, describe, expect, it } from "vitest";
import { type Column, createRng, integer } from "../../base/index.ts";
import { arrowBatches, parquetBatches, readArrow, readParquet } from "./index.ts";
import { hybridNumbers } from "./parquet-page.ts";

const folder = mkdtempSync(join(tmpdir(), "waymark-columnar-"));
afterAll(() => rmSync(folder, { recursive: true }));

type Options = Partial<Parameters<typeof parquetWrite>[0]>;

function parquet(columnData: ColumnSource[], options: Options = {}): string {
  const writer = new ByteWriter();
  parquetWrite({ writer, columnData, ...options });
  return saved("a.parquet", new Uint8Array(writer.getBuffer()));
}

/** One column of a type that the writer has no short name for. */
function parquetOf(element: Omit<SchemaElement, "name">, data: unknown[]): string {
  const schema: SchemaElement[] = [
    { name: "root", num_children: 1 },
    { name: "x", repetition_type: "OPTIONAL", ...element },
  ];
  return parquet([{ name: "x", data }], { schema });
}

function saved(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

const numbers = async (path: string, read = readParquet): Promise<unknown[]> => {
  const [column] = await read(path);
  return column?.kind === "categorical"
    ? Array.from(column.codes, (code) => column.levels[code])
    : [...column!.values];
};

async function gathered(batches: AsyncIterable<Column[]>): Promise<Column[][]> {
  const all: Column[][] = [];
  for await (const batch of batches) all.push(batch);
  return all;
}

describe("Parquet", () => {
  it("makes numbers of decimals exactly, as the division would", async () => {
    const element = { type: "INT64", converted_type: "DECIMAL", precision: 18, scale: 1 } as const;
    expect(await numbers(parquetOf(element, [0.3, null, -0.7]))).toEqual([0.3, Number.NaN, -0.7]);
  });

  it("makes epoch milliseconds of dates and of times in any unit", async () => {
    const at = new Date("2026-03-01T12:00:00.250Z");
    const unit = (name: "MILLIS" | "MICROS" | "NANOS") =>
      parquetOf(
        { type: "INT64", logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: name } },
        [at, null],
      );
    for (const name of ["MILLIS", "MICROS", "NANOS"] as const) {
      expect(await numbers(unit(name)), name).toEqual([at.getTime(), Number.NaN]);
    }
    const day = new Date("1969-12-31");
    const days = parquetOf({ type: "INT32", converted_type: "DATE" }, [day]);
    expect(await readParquet(days)).toMatchObject([{ kind: "timestamp" }]);
    expect(await numbers(days)).toEqual([day.getTime()]);
  });

  it("reads whole numbers of 64 bits as far as they are exact, and all of them as categories", async () => {
    const exact = BigInt(Number.MAX_SAFE_INTEGER);
    expect(await numbers(parquet([{ name: "id", data: [exact, -exact], type: "INT64" }]))).toEqual([
      Number(exact),
      -Number(exact),
    ]);
    const beyond = parquet([{ name: "id", data: [1n, exact + 2n], type: "INT64" }]);
    await expect(readParquet(beyond)).rejects.toThrow(
      /column 'id', row 1 of .*a.parquet is 9007199254740993: must lie within ±\(2\^53 − 1\)/,
    );
    expect(await readParquet(beyond, { kinds: { id: "categorical" } })).toMatchObject([
      { levels: ["1", "9007199254740993"], codes: Int32Array.of(0, 1) },
    ]);
    const unsigned = parquetOf({ type: "INT32", converted_type: "UINT_32" }, [4294967295, 1]);
    expect(await numbers(unsigned)).toEqual([4294967295, 1]);
  });

  it("refuses infinity with column and row, and bytes that are no text", async () => {
    const path = parquet([{ name: "x", data: [1, 2, Infinity], type: "DOUBLE" }], {
      rowGroupSize: 2,
    });
    await expect(readParquet(path)).rejects.toThrow(
      /column 'x', row 2 of .* is Infinity: must be finite/,
    );
    const bytes = parquet([{ name: "x", data: [Uint8Array.of(0xff)], type: "BYTE_ARRAY" }]);
    await expect(readParquet(bytes)).rejects.toThrow("must be UTF-8 text");
  });

  it("says which column is nested, and reads the others", async () => {
    const schema: SchemaElement[] = [
      { name: "root", num_children: 3 },
      { name: "tags", repetition_type: "OPTIONAL", num_children: 1, converted_type: "LIST" },
      { name: "list", repetition_type: "REPEATED", num_children: 1 },
      { name: "x", repetition_type: "OPTIONAL", type: "INT32" },
      { name: "where", repetition_type: "OPTIONAL", num_children: 1 },
      { name: "lon", repetition_type: "OPTIONAL", type: "DOUBLE" },
      { name: "x", repetition_type: "OPTIONAL", type: "DOUBLE" },
    ];
    const path = parquet(
      [
        { name: "tags", data: [[1, 2], []] },
        { name: "where", data: [{ lon: 1 }, null] },
        { name: "x", data: [0.5, null] },
      ],
      { schema },
    );
    await expect(readParquet(path)).rejects.toThrow(
      /column 'tags' of .* is a list, which is not read; choose columns of x/,
    );
    await expect(readParquet(path, { columns: ["where"] })).rejects.toThrow("is a struct");
    expect(await readParquet(path, { columns: ["x"] })).toMatchObject([
      { values: Float64Array.of(0.5, Number.NaN) },
    ]);
  });

  it("unpacks every codec that it names and names those that it does not", async () => {
    const data = Array.from({ length: 500 }, (_, i) => `text ${i % 7}`);
    const columnData: ColumnSource[] = [{ name: "s", data, type: "STRING" }];
    const compressors = {
      GZIP: (bytes: Uint8Array) => new Uint8Array(gzipSync(bytes)),
      BROTLI: (bytes: Uint8Array) => new Uint8Array(brotliCompressSync(bytes)),
      ZSTD: (bytes: Uint8Array) => new Uint8Array(zstdCompressSync(bytes)),
      LZO: (bytes: Uint8Array) => bytes,
    };
    for (const codec of ["UNCOMPRESSED", "SNAPPY", "GZIP", "BROTLI", "ZSTD"] as const) {
      expect(await numbers(parquet(columnData, { codec, compressors })), codec).toEqual(data);
    }
    await expect(readParquet(parquet(columnData, { codec: "LZO", compressors }))).rejects.toThrow(
      /column 's' of .* is packed by LZO, which is not read; write it with one of SNAPPY/,
    );
  });

  it("reads every encoding of the writer, with missing values", async () => {
    const plain = Array.from({ length: 300 }, (_, i) => (i % 11 === 4 ? null : i * i - 400));
    const encodings = [
      "PLAIN",
      "DELTA_BINARY_PACKED",
      "BYTE_STREAM_SPLIT",
      "RLE_DICTIONARY",
    ] as const;
    for (const encoding of encodings) {
      const path = parquet([{ name: "x", data: plain, type: "INT32", encoding }]);
      expect(await numbers(path), encoding).toEqual(plain.map((x) => x ?? Number.NaN));
    }
    const text = plain.map((x) => (x === null ? null : `prefix ${x}`));
    for (const encoding of ["PLAIN", "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY"] as const) {
      const path = parquet([{ name: "x", data: text, type: "STRING", encoding }]);
      expect(await numbers(path), encoding).toEqual(text.map((x) => x ?? undefined));
    }
  });

  it("gives row groups one by one, each with levels of its own; a file without rows once", async () => {
    const data = ["c", "a", null, "b", "c"];
    const path = parquet([{ name: "s", data, type: "STRING" }], { rowGroupSize: 2 });
    const batches = await gathered(parquetBatches(path));
    expect(batches.map(([s]) => s)).toMatchObject([
      { levels: ["a", "c"], codes: Int32Array.of(1, 0) },
      { levels: ["b"], codes: Int32Array.of(-1, 0) },
      { levels: ["c"], codes: Int32Array.of(0) },
    ]);
    expect(await readParquet(path)).toMatchObject([
      { levels: ["a", "b", "c"], codes: Int32Array.of(2, 0, -1, 1, 2) },
    ]);
    const none = parquet([{ name: "s", data: [], type: "STRING" }]);
    expect(await readParquet(none)).toEqual([
      { kind: "categorical", name: "s", codes: new Int32Array(0), levels: [] },
    ]);
  });

  it("bounds repetitions by the values that there may be", () => {
    const million = Uint8Array.of(0x80, 0x89, 0x7a, 1);
    expect([...hybridNumbers(million, 1, 3)]).toEqual([1, 1, 1]);
    expect([...hybridNumbers(Uint8Array.of(3, 0b10_00_11_01, 0b0111), 2, 6)]).toEqual([
      1, 3, 0, 2, 3, 1,
    ]);
    expect(() => hybridNumbers(Uint8Array.of(4, 1), 1, 3)).toThrow("2 of 3 numbers are there");
  });
});

describe("Arrow", () => {
  const save = (
    table: Parameters<typeof tableToIPC>[0],
    format: "file" | "stream" = "file",
  ): string => saved("a.arrow", tableToIPC(table, { format })!);
  const column = (values: unknown[], type: Parameters<typeof columnFromArray>[1]): string =>
    save(tableFromColumns({ x: columnFromArray(values, type) }));

  it("reads times, durations, decimals, halves and 64 bits as Parquet does", async () => {
    const at = Date.UTC(2026, 2, 1, 12);
    for (const unit of [0, 1, 2, 3] as const) {
      expect(await numbers(column([new Date(at), null], timestamp(unit)), readArrow)).toEqual([
        at,
        Number.NaN,
      ]);
    }
    expect(await numbers(column([new Date("1969-12-31")], dateDay()), readArrow)).toEqual([
      -86_400_000,
    ]);
    expect(await numbers(column([1_500_000n], duration(2)), readArrow)).toEqual([1500]);
    expect(await numbers(column([0.3, null], decimal128(12, 1)), readArrow)).toEqual([
      0.3,
      Number.NaN,
    ]);
    expect(await numbers(column([-0.5, 2], float16()), readArrow)).toEqual([-0.5, 2]);
    await expect(readArrow(column([1n, 2n ** 53n], int64()))).rejects.toThrow("row 1 of");
    const all = 2n ** 64n - 1n;
    expect(await readArrow(column([all], uint64()), { kinds: { x: "categorical" } })).toMatchObject(
      [{ levels: [String(all)] }],
    );
  });

  it("reads dictionaries as their values, and text of both layouts", async () => {
    for (const type of [dictionary(utf8()), utf8(), largeUtf8()]) {
      const path = column(["zebra with a long tail", "a", null, "a", ""], type);
      expect(await readArrow(path)).toEqual([
        {
          kind: "categorical",
          name: "x",
          levels: ["a", "zebra with a long tail"],
          codes: Int32Array.of(1, 0, -1, 0, -1),
        },
      ]);
    }
  });

  it("gives record batches one by one, as a file and as a stream", async () => {
    const x = Array.from({ length: 10 }, (_, i) => (i === 7 ? null : `level ${i % 3}`));
    const table = tableFromArrays({ x, n: x.map((_, i) => i) }, { maxBatchRows: 4 });
    for (const format of ["file", "stream"] as const) {
      const batches = await gathered(arrowBatches(save(table, format), { columns: ["n"] }));
      expect(batches.map(([n]) => n!.kind === "numeric" && [...n!.values])).toEqual([
        [0, 1, 2, 3],
        [4, 5, 6, 7],
        [8, 9],
      ]);
      expect(await readArrow(save(table, format), { columns: ["x"] })).toMatchObject([
        {
          levels: ["level 0", "level 1", "level 2"],
          codes: Int32Array.of(0, 1, 2, 0, 1, 2, 0, -1, 2, 0),
        },
      ]);
    }
  });

  it("unpacks Zstandard", async () => {
    const encode = (bytes: Uint8Array): Uint8Array => new Uint8Array(zstdCompressSync(bytes));
    setCompressionCodec(CompressionType.ZSTD, { encode, decode: (bytes) => bytes });
    const x = Array.from({ length: 400 }, (_, i) => i % 5);
    const bytes = tableToIPC(tableFromArrays({ x }), { codec: CompressionType.ZSTD })!;
    expect(await numbers(saved("z.arrows", bytes), readArrow)).toEqual(x);
  });

  it("says which column is nested", async () => {
    await expect(readArrow(column([[1], [2, 3]], list(int64())))).rejects.toThrow(
      /column 'x' of .* is a list, which is not read/,
    );
  });
});

describe("a damaged file", () => {
  const rows = <T>(value: (i: number) => T): (T | null)[] =>
    Array.from({ length: 40 }, (_, i) => (i % 7 === 3 ? null : value(i)));
  const arrays = {
    x: rows((i) => i / 3),
    s: rows((i) => `s${i % 3}`),
    t: rows((i) => new Date(i)),
    b: rows((i) => i % 2 === 0),
  };
  const files = {
    parquet: () =>
      parquet(
        [
          { name: "x", data: arrays.x, type: "DOUBLE" },
          { name: "s", data: arrays.s, type: "STRING" },
          { name: "t", data: arrays.t, type: "TIMESTAMP" },
          { name: "b", data: arrays.b, type: "BOOLEAN" },
        ],
        { codec: "UNCOMPRESSED", rowGroupSize: 20 },
      ),
    arrow: () => saved("d.arrow", tableToIPC(tableFromArrays(arrays), { format: "file" })!),
    stream: () => saved("d.arrows", tableToIPC(tableFromArrays(arrays), { format: "stream" })!),
  };

  it.each(Object.keys(files) as (keyof typeof files)[])(
    "that is %s and cut anywhere is refused",
    async (kind) => {
      const whole = readFileSync(files[kind]());
      const read = kind === "parquet" ? readParquet : readArrow;
      // A stream may end without its mark of 8 bytes, and between two messages.
      const end = kind === "stream" ? 400 : whole.length;
      for (let n = 0; n < end; n += 3) {
        await expect(read(saved("cut", whole.subarray(0, n))), `${n} bytes`).rejects.toMatchObject({
          code: "TABLE_FORMAT",
        });
      }
    },
  );

  it.each(Object.keys(files) as (keyof typeof files)[])(
    "that is %s ends in a table or an error of ours",
    async (kind) => {
      const whole = readFileSync(files[kind]());
      const read = kind === "parquet" ? readParquet : readArrow;
      const rng = createRng(5);
      let refused = 0;
      for (let k = 0; k < 300; k++) {
        const bytes = Uint8Array.from(whole);
        for (let flips = 1 + integer(rng, 3); flips > 0; flips--) {
          bytes[integer(rng, bytes.length)] = integer(rng, 256);
        }
        const path = saved("damaged", bytes);
        await read(path).catch((error) => {
          expect(error.code, String(error.stack)).toMatch(/^TABLE_/);
          refused++;
        });
      }
      expect(refused).toBeGreaterThan(50);
    },
  );
});
