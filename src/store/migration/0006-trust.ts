/**
 * Write keys stand in pages that everybody reads, so they may not say that two named members are one, nor
 * whose Stripe customer somebody is; a key that is kept on a server may be trusted with that.
 */
export const sql = `
alter table write_key add column trusted boolean not null default false;
`;
