import { PGlite, types } from "@electric-sql/pglite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createStatements, type Statements, statementDefaults } from "./pglite-statement.ts";

const VALUES = [
  "gr\u00fc\u00df\u{1f6b4}'\"\\{}\n",
  "",
  "\\x00",
  -1,
  0.1,
  1e300,
  2 ** 53 - 1,
  true,
  false,
  null,
  undefined,
];

describe("a statement on PGlite", () => {
  let pg: PGlite;
  let statements: Statements;
  beforeAll(async () => {
    pg = await PGlite.create({ parsers: { [types.INT8]: Number } });
    statements = createStatements(pg);
    await statements.run(
      "create table t (id bigint generated always as identity, a text, b bigint, c bytea, d jsonb, e boolean, f double precision)",
      [],
    );
  }, 60_000);
  afterAll(() => pg.close());
  const countKept = async (): Promise<number> => {
    const { rows } = await pg.query<{ n: number }>(
      "select count(*) as n from pg_prepared_statements",
    );
    return rows[0]!.n;
  };

  it("answers as PGlite's own query does", async () => {
    const bytes = Uint8Array.from({ length: 1000 }, (_, i) => i * 7);
    for (let round = 0; round < 3; round++) {
      for (const value of VALUES) {
        const text = value === null || value === undefined ? value : String(value);
        const number = typeof value === "number" ? value : null;
        const whole = Number.isSafeInteger(number) ? number : null;
        const bit = typeof value === "boolean" ? value : null;
        const row = [text, whole, bytes.subarray(round), JSON.stringify({ text }), bit, number];
        const sql = "insert into t (a, b, c, d, e, f) values ($1, $2, $3, $4, $5, $6) returning *";
        const { rows, affected } = await statements.run(sql, row);
        const { id } = rows[0] as { id: number };
        const own = await pg.query("select * from t where id = $1", [id]);
        expect(rows).toEqual(own.rows);
        expect(affected).toBe(1);
        expect(await statements.run("select * from t where id = $1", [id])).toMatchObject({
          rows: own.rows,
        });
        expect(rows[0]).toMatchObject({ a: text ?? null, b: whole, e: bit, f: number });
        expect(Buffer.from((rows[0] as { c: Uint8Array }).c)).toEqual(
          Buffer.from(bytes.subarray(round)),
        );
      }
    }
  });

  it("takes a list of texts", async () => {
    const list = ['a"b', "c\\d", "e,f", "{}", "NULL", ""];
    const { rows } = await statements.run(
      "select x from unnest($1::text[]) with ordinality as u(x, n) order by n",
      [list],
    );
    expect(rows).toEqual(list.map((x) => ({ x })));
  });

  it("refuses a parameter that is no value", async () => {
    await expect(statements.run("select $1::jsonb", [{ a: 1 }])).rejects.toThrow("a parameter is");
  });

  it("goes on after a statement that failed, in and out of a transaction", async () => {
    for (let round = 0; round < 2; round++) {
      await expect(statements.run("select 1 / $1::int as x", [0])).rejects.toMatchObject({
        code: "22012",
      });
      await expect(statements.run("select nothing from t", [])).rejects.toMatchObject({
        code: "42703",
      });
      await statements.run("begin", []);
      await expect(statements.run("select $1::int as y", ["x"])).rejects.toMatchObject({
        code: "22P02",
      });
      await expect(statements.run("select 3 as z", [])).rejects.toMatchObject({ code: "25P02" });
      await statements.run("rollback", []);
      expect((await statements.run("select 1 / $1::int as x", [1])).rows).toEqual([{ x: 1 }]);
      expect((await statements.run("select $1::int as y", ["7"])).rows).toEqual([{ y: 7 }]);
    }
  });

  it("sees a table as it is after it was changed", async () => {
    await statements.run("create table u (a int)", []);
    await statements.run("insert into u values (1)", []);
    expect((await statements.run("select * from u", [])).rows).toEqual([{ a: 1 }]);
    await statements.run("alter table u add column b text default 'x'", []);
    expect((await statements.run("select * from u", [])).rows).toEqual([{ a: 1, b: "x" }]);
    await statements.run("drop table u", []);
    await expect(statements.run("select * from u", [])).rejects.toMatchObject({ code: "42P01" });
  });

  it("keeps no more statements than it says", async () => {
    for (let i = 0; i < statementDefaults.kept + 20; i++) {
      const { rows } = await statements.run(`select ${i} as i`, []);
      expect(rows).toEqual([{ i }]);
    }
    expect(await countKept()).toBeLessThanOrEqual(statementDefaults.kept);
    for (let i = 0; i < 50; i++) {
      await expect(statements.run(`select bad${i}`, [])).rejects.toThrow();
    }
    expect(await countKept()).toBeLessThanOrEqual(statementDefaults.kept);
  });
});
