/** What an athlete chose for themselves: units of measures, and who sees what is new. */
export const sql = `
alter table athlete
  add column units text not null default 'metric' check (units in ('metric', 'imperial')),
  add column visibility text not null default 'only_me'
    check (visibility in ('everyone', 'only_me'));
`;
