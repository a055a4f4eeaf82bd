/**
 * Events that went with the activity that they told of: the lake forgets them too, and what was served
 * with them is not compared any more.
 */
export const sql = `
create table erased_event (
  seq bigint primary key,
  -- Of whom it was then.
  member_id bigint not null,
  erased_ms bigint not null
);
create index erased_event_at on erased_event (erased_ms);
`;
