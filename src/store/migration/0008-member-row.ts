/**
 * Rows of members that come by the thousand are not checked one by one: a reference's check is a query of
 * its own for every row, two thirds of what an active day costs. Whoever inserts them asks for their
 * members once and keeps them from being deleted meanwhile (feature-states.ts), or holds the log
 * (webhooks.ts); with a member its rows still go.
 */
export const sql = `
alter table active_day drop constraint active_day_member_id_fkey;
alter table webhook drop constraint webhook_member_id_fkey;

-- A semicolon at the end of a line would end the statement (migrate.ts).
create function remove_member_rows() returns trigger language plpgsql as $$
begin
  delete from active_day using gone where active_day.member_id = gone.id; delete from webhook
    using gone where webhook.member_id = gone.id; return null; end
$$;
create trigger remove_member_rows after delete on member
  referencing old table as gone for each statement execute function remove_member_rows();
`;
