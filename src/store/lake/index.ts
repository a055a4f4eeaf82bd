/** The log as Parquet files that other tools can read too. */
export { type DuckDBConnection, type Duckdb, openDuckdb, readNumbers } from "./duckdb.ts";
export { type Lake, lakeDefaults, type MemberChanges, openLake } from "./lake.ts";
export type { LakeFile, Manifest } from "./manifest.ts";
