/**
 * Bounds that the server checks and the page tells beforehand. They stand apart from the schemas, so
 * that the page does not carry a validator along for two numbers.
 */

/** Characters of a new password. */
export const PASSWORD_LENGTH = { least: 10, most: 200 } as const;
/** Metres that each end of an activity may hide. */
export const HIDDEN_M_MAX = 5000;
