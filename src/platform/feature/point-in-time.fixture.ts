// The latest price that was known, of `event` at `spine(i, member_id, at_ms)`, in three formulations
// that other systems use. An event is never known before it happens, so "known by t" is created_ms ≤ t;
// what is latest among those is decided by (event_ms, created_ms, seq), which need not be the newest known.

const PRICED = `
  select member_id, event_ms, created_ms, seq,
    json_extract_string(payload, '$.priceMinor')::double as price
  from event where kind = 'subscription'`;

/** At each moment at which something became known, the latest by the total order: one row a moment. */
const STANDING = `
  select member_id, created_ms,
    arg_max({'price': price}, {'e': event_ms, 'c': created_ms, 's': seq})
      over (partition by member_id order by created_ms, seq) as best, seq
  from (${PRICED})
  qualify row_number() over (partition by member_id, created_ms order by seq desc) = 1`;

/** DuckDB's ASOF join on when it was known. Feast and most warehouses have one like it. */
export const asofSql = `
  with standing as (${STANDING})
  select spine.i, standing.best.price
  from spine asof left join standing
    on spine.member_id = standing.member_id and spine.at_ms >= standing.created_ms`;

/** Labels and events in one list; the last value carried forward. Tecton's and Spark's way. */
export const unionSql = `
  with standing as (${STANDING}),
  merged as (
    select member_id, created_ms as at_ms, 0 as is_label, null as i, best from standing
    union all select member_id, at_ms, 1, i, null from spine)
  select i, carried.price from (
    select i, is_label, last_value(best ignore nulls) over (
      partition by member_id order by at_ms, is_label
      rows between unbounded preceding and current row) as carried
    from merged)
  where is_label = 1`;

/** The rank of the latest event, found per label, then joined again for its value. */
export const rejoinSql = `
  with priced as (${PRICED}),
  found as (
    select spine.i, max({'e': priced.event_ms, 'c': priced.created_ms, 's': priced.seq}) as latest
    from spine join priced on priced.member_id = spine.member_id and created_ms <= at_ms
    group by spine.i)
  select spine.i, priced.price
  from spine left join found on found.i = spine.i left join priced on priced.seq = found.latest.s`;
