/**
 * What a suite prints and keeps: aligned tables on standard output, and the same tables as Markdown
 * and JSON in `bench/results/<suite>.{md,json}` under a line that names the machine, the commit and
 * the day. Tables of one suite in one run land in one file, in the order in which they came.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { join } from "node:path";

export type Cell = string | number | undefined;

/** A column by its name, or with the digits after the point that its numbers get. */
export type Column = string | { readonly name: string; readonly digits: number };

export interface Table {
  /** File name in bench/results, without its ending. */
  readonly suite: string;
  readonly title: string;
  readonly columns: readonly Column[];
  /** Cells in the order of the columns; undefined prints as "–". */
  readonly rows: readonly (readonly Cell[])[];
  /** How to read the figures: data, method, what is counted. One sentence or paragraph each. */
  readonly notes?: readonly string[];
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly node: string;
  readonly platform: string;
  /** Load average of the last minute when the run began: above the cores, times are worth less. */
  readonly load: number;
  /** Short hash, with a "+" when the working tree differs from it; "" outside a checkout. */
  readonly commit: string;
  /** ISO date and time, UTC, to the minute. */
  readonly date: string;
}

const RESULTS = join(import.meta.dirname, "results");

/** Tables of this run by suite: a second table of a suite joins the first in its file. */
const printed = new Map<string, Table[]>();
/** Asked before anything runs: the sources may change while a suite does, and the suite is a load. */
const machine = thisMachine();
let isKept = true;

/** A trial run prints its tables and leaves bench/results as it is. */
export function printOnly(): void {
  isKept = false;
}

/** Prints a table and writes it, with the suite's earlier ones of this run, to bench/results. */
export function report(table: Table): void {
  const tables = printed.get(table.suite) ?? [];
  printed.set(table.suite, tables);
  if (tables.length === 0) console.log(`\n${machineLine(machine)}`);
  tables.push(table);
  console.log(`\n${textTable(table)}`);

  if (!isKept) return;
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(join(RESULTS, `${table.suite}.md`), markdown(machine, tables));
  writeFileSync(join(RESULTS, `${table.suite}.json`), json(machine, tables));
}

export function thisMachine(): Machine {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? "unknown",
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    load: Math.round(loadavg()[0]! * 10) / 10,
    commit: commitHash(),
    date: `${new Date().toISOString().slice(0, 16)}Z`,
  };
}

export function machineLine(m: Machine): string {
  return [
    `${m.cpu}, ${m.cores} cores, ${m.memoryGiB} GiB, ${m.platform}`,
    `Node ${m.node}`,
    `load ${m.load}`,
    `commit ${m.commit || "unknown"}`,
    m.date,
  ].join(" · ");
}

/** Columns padded to the width of their widest cell; numbers to the right. */
export function textTable(table: Table): string {
  const cells = textCells(table);
  const width = cells[0]!.map((_, c) => Math.max(...cells.map((row) => row[c]!.length)));
  const isNumeric = numericColumns(table);
  const lines = cells.map((row) =>
    row
      .map((cell, c) => (isNumeric[c] ? cell.padStart(width[c]!) : cell.padEnd(width[c]!)))
      .join("  ")
      .trimEnd(),
  );
  lines.splice(1, 0, width.map((w) => "─".repeat(w)).join("  "));
  const notes = (table.notes ?? []).map((note) => `  ${note}`);
  return [table.title, ...lines, ...notes].join("\n");
}

function markdown(m: Machine, tables: readonly Table[]): string {
  const parts = [
    `# Benchmark: ${tables[0]!.suite}`,
    `Written by \`npm run bench -- ${tables[0]!.suite}\`. ${machineLine(m)}`,
  ];
  for (const table of tables) {
    const isNumeric = numericColumns(table);
    const line = (row: readonly string[]): string =>
      `| ${row.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
    const [head, ...body] = textCells(table);
    parts.push(
      `## ${table.title}`,
      [line(head!), line(isNumeric.map((n) => (n ? "---:" : "---"))), ...body.map(line)].join("\n"),
    );
    if (table.notes?.length) parts.push(table.notes.map((note) => `- ${note}`).join("\n"));
  }
  return `${parts.join("\n\n")}\n`;
}

function json(m: Machine, tables: readonly Table[]): string {
  const content = {
    suite: tables[0]!.suite,
    machine: m,
    tables: tables.map(({ title, columns, rows, notes }) => ({
      title,
      columns: columns.map(columnName),
      rows: rows.map((row) => row.map((cell) => cell ?? null)),
      notes: notes ?? [],
    })),
  };
  return `${JSON.stringify(content, null, 1)}\n`;
}

/** Header and body as text. */
function textCells(table: Table): string[][] {
  const body = table.rows.map((row) =>
    table.columns.map((column, c) => {
      const cell = row[c];
      if (cell === undefined) return "–";
      if (typeof cell === "string") return cell;
      if (typeof column !== "string") return group(cell.toFixed(column.digits));
      return group(Number.isInteger(cell) ? String(cell) : String(Number(cell.toPrecision(4))));
    }),
  );
  return [table.columns.map(columnName), ...body];
}

/** A column counts as numbers when every cell of it that is present is one. */
function numericColumns(table: Table): boolean[] {
  return table.columns.map((_, c) =>
    table.rows.every((row) => row[c] === undefined || typeof row[c] === "number"),
  );
}

/** Thousands separated by commas; what is no plain decimal number stays as it is. */
function group(digits: string): string {
  return /^-?\d+(\.\d+)?$/.test(digits)
    ? digits.replace(/\B(?<!\.\d*)(?=(\d{3})+(?!\d))/g, ",")
    : digits;
}

function columnName(column: Column): string {
  return typeof column === "string" ? column : column.name;
}

function commitHash(): string {
  const git = (...args: string[]): string =>
    execFileSync("git", args, {
      cwd: import.meta.dirname,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  try {
    const isDirty =
      git("status", "--porcelain", "--untracked-files=no", "--", "../src", ".") !== "";
    return git("rev-parse", "--short", "HEAD") + (isDirty ? "+" : "");
  } catch {
    // A tarball of the sources has no history; the figures are still worth printing.
    return "";
  }
}
