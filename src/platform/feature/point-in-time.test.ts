// Three ways to say "the latest that was known then" in SQL. They are known to disagree where times are
// equal; here each must give what the feature's own SQL gives, on logs full of ties and late words.
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Duckdb, openDuckdb, readNumbers } from "../../store/lake/index.ts";
import { LAKE_COLUMNS } from "../../store/lake/lake.ts";
import { drawLog, FROM_MS, SPAN_DAYS } from "./feature.fixture.ts";
import { defineFeatures } from "./feature-set.ts";
import { memberFeatures } from "./member-features.ts";
import { asofSql, rejoinSql, unionSql } from "./point-in-time.fixture.ts";
import { featureValues } from "./training-rows.ts";

let duckdb: Duckdb;
beforeAll(async () => {
  duckdb = await openDuckdb({ spillFolder: "/tmp" });
});
afterAll(() => duckdb.close());

const set = defineFeatures([
  {
    ...memberFeatures.features[0]!,
    name: "price_minor",
    from: { kinds: ["subscription"] },
    aggregation: { kind: "latest", read: { kind: "number", field: "priceMinor" } },
  },
]);

it.each([11, 12])("three formulations agree with the features' own, seed %i", async (seed) => {
  const { connection } = duckdb;
  await connection.run(`create or replace table event (${LAKE_COLUMNS})`);
  const appender = await connection.createAppender("event");
  for (const event of drawLog(seed, 10, 4000, 0)) {
    if (event.kind !== "subscription") continue;
    appender.appendBigInt(BigInt(event.seq));
    appender.appendVarchar(event.source);
    appender.appendBigInt(BigInt(event.memberId));
    appender.appendVarchar(event.kind);
    appender.appendBigInt(BigInt(event.eventMs));
    appender.appendBigInt(BigInt(event.createdMs));
    appender.appendNull();
    appender.appendVarchar(JSON.stringify(event.payload));
    appender.endRow();
  }
  appender.closeSync();
  const rows = 2000;
  // A few distinct moments, many of them those of events.
  const step = (SPAN_DAYS * 86_400_000) / 4;
  const memberIds = Array.from({ length: rows }, (_, i) => 1 + (i % 10));
  const atMs = Array.from({ length: rows }, (_, i) =>
    i % 2 === 0
      ? FROM_MS + (Math.floor((i * 7919 * 21_600_000) / rows) % (5 * step))
      : FROM_MS + 21_600_000 * (i % 1700),
  );
  const own = await featureValues(connection, set, { memberIds, atMs });
  expect(own.filter((value) => value > 0).length).toBeGreaterThan(rows / 2);
  for (const sql of [asofSql, unionSql, rejoinSql]) {
    const [place, price] = await readNumbers(connection, sql);
    expect(place).toHaveLength(rows);
    const values = new Float64Array(rows);
    place!.forEach((i, k) => {
      values[i] = price![k]!;
    });
    expect(values, sql.slice(0, 60)).toEqual(own);
  }
});
