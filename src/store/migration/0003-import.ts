/**
 * Imports note what became of each file among the uploads, and find the note again by the file's path.
 * Sessions need no secret against other sites: the browser's own headers tell them apart
 * (server/auth/origin.ts).
 */
export const sql = `
alter table session drop column csrf_secret;
create index upload_external on upload (athlete_id, external_id);
`;
