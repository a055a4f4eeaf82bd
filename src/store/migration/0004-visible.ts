/**
 * For stores of hundreds of thousands of rows: what everybody sees, where most is seen by its athlete
 * alone, and what waits for a match on a new network.
 */
export const sql = `
create index activity_everyone on activity (start_ms desc, id desc) where visibility = 'everyone';
create index activity_tried on activity (tried_network) where has_position;
`;
