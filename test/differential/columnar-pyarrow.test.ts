// Files that pyarrow writes hold what pyarrow says that they hold: every codec, page version, encoding
// and Arrow layout, exactly (a double is a double, and times here are whole milliseconds).
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { python } from "../../bench/peer/python.ts";
import type { Column } from "../../src/base/index.ts";
import { columnNamed } from "../../src/learn/table/index.ts";
import { tableFromFile } from "../../src/platform/table/table-from-file.ts";

const peer = python(["pyarrow"]);

describe.skipIf(peer === undefined)("columnar files (needs pyarrow in bench/peer/.venv)", () => {
  const folder = mkdtempSync(join(tmpdir(), "waymark-pyarrow-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const rows = 1000;

  it("hold what pyarrow says", async () => {
    const { files, values } = peer!.run("columnar.py", { folder, rows }) as {
      files: readonly string[];
      values: Readonly<Record<string, readonly unknown[]>>;
    };
    expect(files.length).toBeGreaterThan(20);
    for (const file of files) {
      const table = await tableFromFile(join(folder, file));
      expect(table.columns.length, file).toBe(Object.keys(values).length);
      for (const [name, expected] of Object.entries(values)) {
        expect(shown(columnNamed(table, name)), `${file}, column ${name}`).toEqual(expected);
      }
    }
  });
});

function shown(column: Column): (number | string | boolean | null)[] {
  switch (column.kind) {
    case "categorical":
      return Array.from(column.codes, (code) => column.levels[code] ?? null);
    case "boolean":
      return Array.from(column.values, (value) => (value === 2 ? null : value === 1));
    default:
      return Array.from(column.values, (value) => (Number.isNaN(value) ? null : value));
  }
}
