/**
 * A PostgreSQL server of its own for a test file: a new cluster in a temporary folder, on a free port
 * of loopback, that is stopped and removed at the end. Without PostgreSQL on the machine the tests
 * that need it say so and are skipped. The first of a machine makes a cluster (1.5 s) and keeps it;
 * the next begin with a copy.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";

export interface PostgresServer {
  /** A database of its own, new and empty. */
  createDatabase(): Promise<string>;
  /** As a power cut would: without a checkpoint, connections cut. */
  kill(): void;
  start(): void;
  /** Stops it and removes its files. */
  remove(): void;
}

/** Folder of `initdb` and `pg_ctl`, the newest there is; undefined when there is none. */
export const postgresBin: string | undefined = findBin();

export const NO_POSTGRES = "no PostgreSQL on this machine (apt-get install postgresql)";

export interface PostgresOptions {
  /**
   * Whether a commit waits for the disk; default true. A test that cuts no power loses nothing without,
   * however its processes die.
   */
  readonly hasSync?: boolean;
}

export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  if (postgresBin === undefined) throw new Error(NO_POSTGRES);
  const bin = postgresBin;
  const folder = mkdtempSync(join(tmpdir(), "waymark-postgres-"));
  const data = join(folder, "data");
  const port = await freePort();
  const user = unprivileged();
  if (user) chownSync(folder, user.uid, user.gid);
  const run = (program: string, ...args: string[]): void => {
    execFileSync(join(bin, program), args, { ...user, cwd: folder, stdio: "pipe" });
  };
  execFileSync("cp", ["-a", cluster(bin, user), data]);
  const sync = options.hasSync === false ? "-c fsync=off -c full_page_writes=off" : "";
  const start = (): void => {
    const place = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=${folder}`;
    const small = `-c shared_buffers=32MB -c max_connections=50 ${sync}`;
    run("pg_ctl", "-D", data, "-w", "-l", join(folder, "log"), "-o", `${place} ${small}`, "start");
  };
  start();
  let count = 0;
  const urlOf = (name: string): string => `postgres://waymark@127.0.0.1:${port}/${name}`;
  return {
    start,
    async createDatabase() {
      const name = `test_${++count}`;
      const client = new pg.Client(urlOf("postgres"));
      await client.connect();
      await client.query(`create database ${name}`);
      await client.end();
      return urlOf(name);
    },
    kill: () => run("pg_ctl", "-D", data, "-m", "immediate", "stop"),
    remove() {
      spawnSync(join(bin, "pg_ctl"), ["-D", data, "-m", "immediate", "stop"], { ...user });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** @returns folder of an empty cluster that never ran, made when it is not there */
function cluster(bin: string, user: ReturnType<typeof unprivileged>): string {
  const version = execFileSync(join(bin, "postgres"), ["--version"], { encoding: "utf8" });
  const name = `waymark-test-${process.getuid?.() ?? 0}-cluster-${version.match(/[\d.]+/)?.[0]}`;
  const path = join(tmpdir(), name);
  if (existsSync(path)) return path;
  // Aside and renamed: several test files may do this at once, and one of them is first.
  const aside = mkdtempSync(`${path}-`);
  if (user) chownSync(aside, user.uid, user.gid);
  const places = ["-D", join(aside, "data"), "-U", "waymark", "-A", "trust"];
  execFileSync(join(bin, "initdb"), [...places, "-E", "UTF8", "--locale=C", "-N"], {
    ...user,
    cwd: aside,
    stdio: "pipe",
  });
  try {
    renameSync(join(aside, "data"), path);
  } catch (error) {
    if (!existsSync(path)) throw error;
  }
  rmSync(aside, { recursive: true, force: true });
  return path;
}

function findBin(): string | undefined {
  const root = "/usr/lib/postgresql";
  const versions = existsSync(root) ? readdirSync(root).map(Number).filter(Number.isInteger) : [];
  const newest = versions.sort((a, b) => b - a)[0];
  const places = [
    ...(newest === undefined ? [] : [join(root, String(newest), "bin")]),
    ...(process.env.PATH ?? "").split(":"),
  ];
  return places.find((place) => existsSync(join(place, "initdb")));
}

/** PostgreSQL refuses to run as root: then as the user that its package made, or as nobody. */
function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ["postgres", "nobody"]) {
    const id = (flag: string): number =>
      Number(spawnSync("id", [flag, name], { encoding: "utf8" }).stdout.trim() || Number.NaN);
    const [uid, gid] = [id("-u"), id("-g")];
    if (Number.isInteger(uid) && Number.isInteger(gid)) return { uid, gid };
  }
  throw new Error("PostgreSQL does not run as root, and there is no other user to be");
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
