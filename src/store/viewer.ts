/** Who sees which rows, as conditions of SQL: the one place where that is decided. */
import { type ExpressionBuilder, type SqlBool, sql } from "kysely";
import type { Viewer } from "./activities.ts";
import type { Tables } from "./table.ts";

/** Condition under which a viewer sees an activity at all. */
export function isVisibleTo({ athleteId, seesAll = false }: Viewer) {
  return (e: ExpressionBuilder<Tables, "activity">) => {
    if (seesAll) return sql<SqlBool>`true`;
    const everyone = e("activity.visibility", "=", "everyone");
    return athleteId === null
      ? everyone
      : e.or([everyone, e("activity.athlete_id", "=", athleteId)]);
  };
}

/** Condition under which a viewer may change an activity. */
export function isChangeableBy({ athleteId, seesAll = false }: Viewer) {
  return (e: ExpressionBuilder<Tables, "activity">) =>
    seesAll ? sql<SqlBool>`true` : e("activity.athlete_id", "=", athleteId ?? -1);
}
