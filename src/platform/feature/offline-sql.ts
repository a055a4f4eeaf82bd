/**
 * The SQL that gives every feature at many points in time at once, for DuckDB over the lake. It follows
 * the state of state.ts: events are counted by spine row and day, windows are sums of those, and the
 * latest events are chosen by (event_ms, created_ms, seq). Point in time: an event counts at t when it
 * had happened and was known, event_ms ≤ t and created_ms ≤ t, and, where the question names the log
 * that it saw, seq ≤ that.
 *
 * Cost: one pass over the events of the members asked for, and one row an event before each spine row.
 */
import { DAY_MS, TREND_DAYS } from "./definition.ts";
import type { DistinctPlan, FeatureSet, LatestPlan, Plan, Step } from "./feature-set.ts";
import {
  capturedSql,
  holdsSql,
  keySql,
  quantitySql,
  selectsKindSql,
  selectsSql,
  textSql,
} from "./reading.ts";

export interface OfflineSqlOptions {
  /** The spine has a column `seq`: the log up to there was known. */
  readonly hasSeq?: boolean | undefined;
}

/**
 * Reads `event(seq, member_id, kind, event_ms, created_ms, value, payload)` and
 * `spine(member_id, at_ms[, seq])`.
 *
 * @returns a query that gives member_id, at_ms[, seq] and a double for each feature, null where it is
 *   missing; one row for each different spine row, in no order
 */
export function offlineSql(set: FeatureSet, { hasSeq = false }: OfflineSqlOptions = {}): string {
  const { plan } = set;
  const key = hasSeq ? "member_id, at_ms, seq" : "member_id, at_ms";
  const ctes = [
    cte("asked", [
      `select row_number() over () as i, ${key}, floor(at_ms / ${DAY_MS}::double)::bigint as today`,
      `from (select distinct ${key} from spine)`,
    ]),
    cte("fact", factSql(plan)),
    cte("known", [
      "select asked.i, asked.today, fact.*",
      "from asked join fact on fact.member_id = asked.member_id",
      "  and fact.event_ms <= asked.at_ms and fact.created_ms <= asked.at_ms",
      ...(hasSeq ? ["  and fact.seq <= asked.seq"] : []),
    ]),
    cte("bucket", bucketSql(plan)),
    cte("tally", tallySql(plan)),
    ...plan.distincts.map((part, d) => cte(`distinct${d}`, distinctSql(part, d, plan.steps))),
    ...plan.latests.flatMap((part, l) => latestSql(part, l)),
  ];
  const values = plan.steps.map((step, f) => `  ${stepSql(step, f)} as "${set.names[f]}"`);
  return [
    `with ${ctes.join(",\n")}`,
    `select ${key.replaceAll(/(\w+)/g, "asked.$1")},`,
    values.join(",\n"),
    "from asked",
    "left join tally on tally.i = asked.i",
    ...plan.distincts.map((_, d) => `left join distinct${d} on distinct${d}.i = asked.i`),
    ...plan.latests.map((_, l) => `left join latest${l} on latest${l}.i = asked.i`),
  ].join("\n");
}

function cte(name: string, lines: readonly string[]): string {
  return `${name} as (\n  ${lines.join("\n  ")}\n)`;
}

/** Events that any part of the plan selects, with what is read of each. */
function factSql({ tallies, distincts, latests }: Plan): string[] {
  const parts = [...tallies, ...distincts, ...latests];
  const columns = [
    ...tallies.flatMap(({ from, quantities }, k) => [
      `${selectsSql(from)} as t${k}`,
      ...quantities.map((quantity, q) => `${quantitySql(quantity)} as t${k}_${q}`),
    ]),
    ...distincts.map(
      ({ from, field }, d) => `case when ${selectsSql(from)} then ${textSql(field)} end as d${d}`,
    ),
    ...latests.flatMap(({ from, per, live, readings }, l) => [
      `${selectsSql(from)} as l${l}`,
      `${keySql(per)} as l${l}_key`,
      `${live === undefined ? "true" : holdsSql(live)} as l${l}_live`,
      ...readings.map((reading, r) => `${capturedSql(reading)} as l${l}_${r}`),
    ]),
  ];
  const kinds = [...new Set(parts.map(({ from }) => selectsKindSql(from)))];
  return [
    "select member_id, event_ms, created_ms, seq,",
    `  floor(event_ms / ${DAY_MS}::double)::bigint as day${columns.length > 0 ? "," : ""}`,
    columns.map((column) => `  ${column}`).join(",\n  "),
    "from event",
    `where member_id in (select member_id from asked) and event_ms >= 0 and (${kinds.join(" or ")})`,
  ];
}

/** The online state's buckets, of every spine row. */
function bucketSql({ tallies }: Plan): string[] {
  const columns = tallies.flatMap(({ quantities }, k) => [
    `count(*) filter (where t${k}) as t${k}`,
    `min(event_ms) filter (where t${k}) as t${k}_first`,
    `max(event_ms) filter (where t${k}) as t${k}_last`,
    ...quantities.map((_, q) => `sum(t${k}_${q}) filter (where t${k}) as t${k}_${q}`),
  ]);
  return [
    `select i, any_value(today - day) as age${columns.length > 0 ? "," : ""}`,
    columns.map((column) => `  ${column}`).join(",\n  "),
    "from known group by i, day",
  ];
}

/** One column a step that is told from buckets, and both halves of trends and ratios. */
function tallySql(plan: Plan): string[] {
  const columns = plan.steps.flatMap((step, f) => {
    const within = (days: number): string => `filter (where age < ${days})`;
    switch (step.kind) {
      case "count":
        return [`sum(t${step.tally}) ${within(step.window)} as f${f}`];
      case "lifetimeCount":
        return [`sum(t${step.tally}) as f${f}`];
      case "sum":
        return [`sum(t${step.tally}_${step.quantity}) ${within(step.window)} as f${f}`];
      case "lifetimeSum":
        return [`sum(t${step.tally}_${step.quantity}) as f${f}`];
      case "days":
        return [`count(*) filter (where t${step.tally} > 0 and age < ${step.window}) as f${f}`];
      case "sinceFirst":
        return [`min(t${step.tally}_first) as f${f}`];
      case "sinceLast":
        return [`max(t${step.tally}_last) as f${f}`];
      case "trend":
        return [
          `coalesce(sum(t${step.tally}) ${within(TREND_DAYS)}, 0)::double as f${f}`,
          `coalesce(sum(t${step.tally}) filter (where age between ${TREND_DAYS} and ${2 * TREND_DAYS - 1}), 0)::double as f${f}_early`,
        ];
      case "ratio":
        return [
          `coalesce(sum(t${step.tally}) ${within(step.window)}, 0)::double as f${f}`,
          `coalesce(sum(t${step.to}) ${within(step.window)}, 0)::double as f${f}_to`,
        ];
      default:
        return [];
    }
  });
  return [
    `select i${columns.length > 0 ? "," : ""}`,
    columns.map((column) => `  ${column}`).join(",\n  "),
    "from bucket group by i",
  ];
}

function distinctSql(_: DistinctPlan, d: number, steps: readonly Step[]): string[] {
  const columns = steps.flatMap((step, f) =>
    step.kind === "distinct" && step.distinct === d
      ? [`count(distinct d${d}) filter (where today - day < ${step.window}) as f${f}`]
      : [],
  );
  return [`select i, ${columns.join(", ")}`, `from known where d${d} is not null group by i`];
}

/** The latest of each key, then the one that counts. */
function latestSql({ readings }: LatestPlan, l: number): string[] {
  const read = readings.map((_, r) => `r${r} := l${l}_${r}`).join(", ");
  return [
    cte(`keyed${l}`, [
      `select i, arg_max(struct_pack(live := l${l}_live, event_ms := event_ms, created_ms := created_ms, seq := seq, ${read}),`,
      "    struct_pack(event_ms := event_ms, created_ms := created_ms, seq := seq)) as e",
      `from known where l${l} group by i, l${l}_key`,
    ]),
    cte(`latest${l}`, [
      "select i, arg_max(e, struct_pack(live := e.live, event_ms := e.event_ms, created_ms := e.created_ms, seq := e.seq)) as e",
      `from keyed${l} group by i`,
    ]),
  ];
}

function stepSql(step: Step, f: number): string {
  const day = `${DAY_MS}::double`;
  switch (step.kind) {
    case "count":
    case "days":
    case "sum":
    case "lifetimeCount":
    case "lifetimeSum":
      return `coalesce(tally.f${f}, 0)::double`;
    case "distinct":
      return `coalesce(distinct${step.distinct}.f${f}, 0)::double`;
    case "sinceFirst":
    case "sinceLast":
      return `(asked.at_ms - tally.f${f})::double / ${day}`;
    case "trend": {
      const both = `(tally.f${f} + tally.f${f}_early)`;
      return `coalesce(case when ${both} > 0 then (tally.f${f} - tally.f${f}_early) / ${both} end, 0::double)`;
    }
    case "ratio":
      return `case when tally.f${f}_to > 0 then tally.f${f} / tally.f${f}_to end`;
    default: {
      const value = `latest${step.latest}.e.r${step.reading}`;
      switch (step.as) {
        case "daysUntil":
          return `(${value} - asked.at_ms::double) / ${day}`;
        case "daysSince":
          return `(asked.at_ms::double - ${value}) / ${day}`;
        case "monthsUntil":
          return `${value} - (12 * year(epoch_ms(asked.at_ms)) + month(epoch_ms(asked.at_ms)))`;
        default:
          return value;
      }
    }
  }
}
