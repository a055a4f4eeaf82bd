/**
 * DuckDB in memory, private to whoever opens it: what is shared between processes is Parquet alone,
 * because a DuckDB file has one owner. Queries run off the main thread. Nothing is downloaded: the
 * extensions are those that are built in. Opening takes 10 ms.
 */
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";

export type { DuckDBConnection } from "@duckdb/node-api";

export const duckdbDefaults = {
  threads: 2,
  /** Beyond it sorts and joins go to files. */
  memoryMb: 2048,
} as const;

export interface Duckdb {
  readonly connection: DuckDBConnection;
  close(): void;
}

export interface DuckdbOptions {
  readonly threads?: number | undefined;
  readonly memoryMb?: number | undefined;
  /** For what does not fit into memory. */
  readonly spillFolder: string;
}

export async function openDuckdb(options: DuckdbOptions): Promise<Duckdb> {
  const { threads = duckdbDefaults.threads, memoryMb = duckdbDefaults.memoryMb } = options;
  const instance = await DuckDBInstance.create(":memory:", {
    threads: String(threads),
    memory_limit: `${memoryMb}MB`,
    temp_directory: options.spillFolder,
    autoload_known_extensions: "false",
    autoinstall_known_extensions: "false",
  });
  const connection = await instance.connect();
  return {
    connection,
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** A literal of SQL. */
export function quoted(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

/**
 * Columns of doubles, whole numbers among them; NaN is null. Read by chunks: 9 million values a second.
 *
 * @returns one Float64Array a column, in the order of the query
 */
export async function readNumbers(
  connection: DuckDBConnection,
  query: string,
): Promise<Float64Array[]> {
  const result = await connection.stream(query);
  const chunks: Float64Array[][] = [];
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) break;
    const columns = Array.from({ length: chunk.columnCount }, (_, c) => {
      const vector = chunk.getColumnVector(c);
      const values = new Float64Array(chunk.rowCount);
      for (let i = 0; i < values.length; i++) {
        const value = vector.getItem(i);
        values[i] = value === null ? Number.NaN : Number(value);
      }
      return values;
    });
    chunks.push(columns);
  }
  return Array.from({ length: result.columnCount }, (_, c) => {
    const parts = chunks.map((columns) => columns[c]!);
    const values = new Float64Array(parts.reduce((n, part) => n + part.length, 0));
    let at = 0;
    for (const part of parts) {
      values.set(part, at);
      at += part.length;
    }
    return values;
  });
}
