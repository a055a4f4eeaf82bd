/**
 * The SQL that gives every feature at many points in time at once, for DuckDB over the lake. A window
 * is a condition on whole days of age, and the latest events are chosen by (event_ms, created_ms, seq). Point in time: an event counts at t when it
 * had happened and was known, event_ms ≤ t and created_ms ≤ t, and, where the question names the log
 * that it saw, seq ≤ that.
 *
 * Cost: one pass over the events of the members asked for, and one row an event before each spine row.
 */
import { DAY_MS, RECENT_DAYS, recentWeights, TREND_DAYS } from "./definition.ts";
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
    // Kept, while `known` is told again by each that asks it, of the columns and events that it needs:
    // a row an event before each spine row would fill the memory.
    cte("asked", [
      `select row_number() over () as i, ${key}, floor(at_ms / ${DAY_MS}::double)::bigint as today`,
      `from (select distinct ${key} from spine)`,
    ]),
    cte("fact", factSql(plan)),
    cte("known", [
      "select asked.i, asked.today - fact.day as age, fact.*",
      "from asked join fact on fact.member_id = asked.member_id",
      "  and fact.event_ms <= asked.at_ms and fact.created_ms <= asked.at_ms",
      ...(hasSeq ? ["  and fact.seq <= asked.seq"] : []),
    ]),
    cte("tally", tallySql(plan)),
    ...daysParts(plan).map((k) => cte(`days${k}`, daysSql(k, plan.steps))),
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
    ...daysParts(plan).map((k) => `left join days${k} on days${k}.i = asked.i`),
    ...plan.distincts.map((_, d) => `left join distinct${d} on distinct${d}.i = asked.i`),
    ...plan.latests.map((_, l) => `left join latest${l} on latest${l}.i = asked.i`),
  ].join("\n");
}

function cte(name: string, lines: readonly string[]): string {
  const how = name === "known" ? "not materialized" : "materialized";
  return `${name} as ${how} (\n  ${lines.join("\n  ")}\n)`;
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
    // One number for the total order: compared much faster than three.
    ...(latests.length > 0
      ? ["  row_number() over (order by event_ms, created_ms, seq) as place,"]
      : []),
    `  floor(event_ms / ${DAY_MS}::double)::bigint as day${columns.length > 0 ? "," : ""}`,
    columns.map((column) => `  ${column}`).join(",\n  "),
    "from event",
    `where event_ms >= 0 and member_id in (select member_id from asked) and (${kinds.join(" or ")})`,
  ];
}

/** One column a step that is told from counts, and both halves of trends and ratios. */
function tallySql(plan: Plan): string[] {
  const columns = plan.steps.flatMap((step, f) => {
    const count = (tally: number, within: string): string =>
      `count(*) filter (where t${tally}${within})`;
    switch (step.kind) {
      case "count":
        return [`${count(step.tally, ` and age < ${step.window}`)} as f${f}`];
      case "lifetimeCount":
        return [`${count(step.tally, "")} as f${f}`];
      case "sum":
        return [
          `sum(t${step.tally}_${step.quantity}) filter (where t${step.tally} and age < ${step.window}) as f${f}`,
        ];
      case "lifetimeSum":
        return [`sum(t${step.tally}_${step.quantity}) filter (where t${step.tally}) as f${f}`];
      case "recent":
      case "sinceFirst":
        return [`min(event_ms) filter (where t${step.tally}) as f${f}`];
      case "sinceLast":
        return [`max(event_ms) filter (where t${step.tally}) as f${f}`];
      case "trend":
        return [
          `${count(step.tally, ` and age < ${TREND_DAYS}`)}::double as f${f}`,
          `${count(step.tally, ` and age between ${TREND_DAYS} and ${2 * TREND_DAYS - 1}`)}::double as f${f}_early`,
        ];
      case "ratio":
        return [
          `${count(step.tally, ` and age < ${step.window}`)}::double as f${f}`,
          `${count(step.to, ` and age < ${step.window}`)}::double as f${f}_to`,
        ];
      default:
        return [];
    }
  });
  return [
    `select i${columns.length > 0 ? "," : ""}`,
    columns.map((column) => `  ${column}`).join(",\n  "),
    "from known group by i",
  ];
}

/** Tallies of which days are counted. */
function daysParts({ steps }: Plan): readonly number[] {
  return [
    ...new Set(
      steps.flatMap((step) => (step.kind === "days" || step.kind === "recent" ? [step.tally] : [])),
    ),
  ];
}

function daysSql(tally: number, steps: readonly Step[]): string[] {
  const counted = steps.flatMap((step, f) => {
    if (step.kind === "days" && step.tally === tally) {
      const { window } = step;
      return [{ window, column: `count(*) filter (where age < ${window}) as f${f}` }];
    }
    if (step.kind === "recent" && step.tally === tally) {
      const weight = `[${recentWeights(step.halfLifeDays).weight.join(",")}][age + 1]`;
      const column = `sum(${weight}) filter (where age < ${RECENT_DAYS}) as f${f}`;
      return [{ window: RECENT_DAYS, column }];
    }
    return [];
  });
  const columns = counted.map(({ column }) => column);
  const longest = Math.max(...counted.map(({ window }) => window));
  return [
    `select i, ${columns.join(", ")}`,
    `from (select distinct i, age from known where t${tally} and age < ${longest}) group by i`,
  ];
}

function distinctSql({ days }: DistinctPlan, d: number, steps: readonly Step[]): string[] {
  const columns = steps.flatMap((step, f) =>
    step.kind === "distinct" && step.distinct === d
      ? [`count(distinct d${d}) filter (where age < ${step.window}) as f${f}`]
      : [],
  );
  return [
    `select i, ${columns.join(", ")}`,
    `from known where d${d} is not null and age < ${days} group by i`,
  ];
}

/** Above every place in the total order. */
const LIVE = "1152921504606846976";

/** The latest event of each key, then the one that counts, then what was read of it. */
function latestSql({ readings }: LatestPlan, l: number): string[] {
  const read = readings.map((_, r) => `fact.l${l}_${r} as r${r}`).join(", ");
  return [
    cte(`keyed${l}`, [
      `select i, max(place) as place from known where l${l} group by i, l${l}_key`,
    ]),
    cte(`chosen${l}`, [
      `select i, max(place + case when l${l}_live then ${LIVE} else 0 end) % ${LIVE} as place`,
      `from keyed${l} join fact using (place) group by i`,
    ]),
    cte(`latest${l}`, [`select i, ${read} from chosen${l} join fact using (place)`]),
  ];
}

function stepSql(step: Step, f: number): string {
  const day = `${DAY_MS}::double`;
  switch (step.kind) {
    case "days":
      return `coalesce(days${step.tally}.f${f}, 0)::double`;
    case "recent": {
      const { total } = recentWeights(step.halfLifeDays);
      const span = `least(${RECENT_DAYS}, asked.today - floor(tally.f${f} / ${day})::bigint + 1)`;
      const all = `[${total.join(",")}][${span} + 1]::double`;
      return `case when tally.f${f} is not null then coalesce(days${step.tally}.f${f}, 0)::double / ${all} end`;
    }
    case "count":
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
      const value = `latest${step.latest}.r${step.reading}`;
      switch (step.as) {
        case "daysUntil":
          return `(${value} - asked.at_ms::double) / ${day}`;
        case "daysSince":
          return `(asked.at_ms::double - ${value}) / ${day}`;
        case "dayOfMonth":
          // Where JavaScript has dates, too.
          return `case when abs(${value}) <= 8.64e15 then day(epoch_ms(trunc(${value})::bigint))::double end`;
        case "monthsUntil":
          return `${value} - (12 * year(epoch_ms(asked.at_ms)) + month(epoch_ms(asked.at_ms)))`;
        default:
          return value;
      }
    }
  }
}
