/** Every migration in its order. A file that was released is never changed: the next one is added. */
import { sql as begin } from "./0001-begin.ts";
import { sql as preference } from "./0002-preference.ts";
import { sql as imports } from "./0003-import.ts";
import { sql as visible } from "./0004-visible.ts";
import { sql as member } from "./0005-member.ts";
import { sql as trust } from "./0006-trust.ts";
import { sql as erasedEvent } from "./0007-erased-event.ts";
import { sql as memberRow } from "./0008-member-row.ts";

export interface Migration {
  /** From 1, without holes. */
  readonly number: number;
  readonly name: string;
  /** Statements of PostgreSQL 15 and later, run in one transaction. */
  readonly sql: string;
}

export const migrations: readonly Migration[] = [
  { number: 1, name: "begin", sql: begin },
  { number: 2, name: "preference", sql: preference },
  { number: 3, name: "import", sql: imports },
  { number: 4, name: "visible", sql: visible },
  { number: 5, name: "member", sql: member },
  { number: 6, name: "trust", sql: trust },
  { number: 7, name: "erased-event", sql: erasedEvent },
  { number: 8, name: "member-row", sql: memberRow },
];
