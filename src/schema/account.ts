/**
 * Accounts on the wire: who is signed in, how one signs in and up, tokens, invitations and what an
 * administrator sees of the others. A secret is answered once, by the request that makes it.
 */
import { z } from "zod";
import { PASSWORD_LENGTH } from "./limit.ts";

/** Digits, because ids of rows are numbers below 2^53. */
export const rowIdSchema = z.string().regex(/^[1-9]\d{0,14}$/, "is not an id");
export const rowParamsSchema = z.object({ id: rowIdSchema });

export const roleSchema = z.enum(["athlete", "growth", "admin"]);
export type RoleName = z.infer<typeof roleSchema>;

export const visibilitySchema = z.enum(["everyone", "only_me"]);
export const unitsSchema = z.enum(["metric", "imperial"]);
/** Who may open an account: everybody, who has an invitation, or nobody. */
export const signupSchema = z.enum(["open", "invitation", "closed"]);
export type Signup = z.infer<typeof signupSchema>;

/** What a personal access token may do; a session may do everything that its athlete's role allows. */
export const SCOPES = [
  "activity:read",
  "activity:read_all",
  "activity:write",
  "profile:read",
  "admin",
] as const;
export const scopeSchema = z.enum(SCOPES);
export type Scope = z.infer<typeof scopeSchema>;

const name = z.string().trim().min(1).max(100);
const email = z.string().trim().max(254).pipe(z.email());
const newPassword = z.string().min(PASSWORD_LENGTH.least).max(PASSWORD_LENGTH.most);
/** Not held to the rules of new ones: it may be older than they are. */
const oldPassword = z.string().max(1000);

export const meSchema = z.object({
  id: z.string(),
  name: z.string(),
  /** Null for the owner of a server on this machine who has set none. */
  email: z.string().nullable(),
  role: roleSchema,
  units: unitsSchema,
  /** Of new activities, where an upload says nothing else. */
  visibility: visibilitySchema,
  hasPassword: z.boolean(),
  createdMs: z.number(),
});
export type Me = z.infer<typeof meSchema>;

/** Asked by the page before it knows whether anybody is signed in. */
export const sessionSchema = z.object({
  me: meSchema.nullable(),
  signup: signupSchema,
  /** The server is reached from its own machine alone: its printed link signs in. */
  isLocal: z.boolean(),
});
export type SessionAnswer = z.infer<typeof sessionSchema>;

export const signInSchema = z.strictObject({
  email: z.string().trim().max(254),
  password: oldPassword,
});

export const signUpSchema = z.strictObject({
  name,
  email,
  password: newPassword,
  /** The code of an invitation; needed where sign-up is by invitation. */
  invitation: z.string().max(200).optional(),
});

export const meChangeSchema = z.strictObject({
  name: name.optional(),
  email: email.optional(),
  units: unitsSchema.optional(),
  visibility: visibilitySchema.optional(),
  /** The new one. Every other session ends. */
  password: newPassword.optional(),
  /** Needed for another password or email where the account has a password. */
  currentPassword: oldPassword.optional(),
});

/** Where the account has a password it is asked again. */
export const meDeletionSchema = z.strictObject({ password: oldPassword.optional() });

export const tokenSchema = z.object({
  id: z.string(),
  name: z.string(),
  scopes: z.array(scopeSchema),
  createdMs: z.number(),
  /** Null: it does not expire. */
  expiresMs: z.number().nullable(),
  /** Last use, at most a minute late; null: never. */
  usedMs: z.number().nullable(),
});
export type Token = z.infer<typeof tokenSchema>;
export const tokensSchema = z.object({ tokens: z.array(tokenSchema) });
export const newTokenSchema = z.strictObject({
  name,
  scopes: z.array(scopeSchema).min(1).max(SCOPES.length),
  /** Days until it expires; absent or null: it does not. */
  days: z.number().int().min(1).max(3650).nullable().optional(),
});
/** The token itself is answered here and never again. */
export const createdTokenSchema = tokenSchema.extend({ token: z.string() });
export type CreatedToken = z.infer<typeof createdTokenSchema>;

export const invitationSchema = z.object({
  id: z.string(),
  /** Whom it is for; null: whoever has the link. */
  email: z.string().nullable(),
  role: roleSchema,
  createdMs: z.number(),
  expiresMs: z.number(),
  acceptedMs: z.number().nullable(),
  /** Id of the account that came of it. */
  acceptedBy: z.string().nullable(),
});
export type InvitationAnswer = z.infer<typeof invitationSchema>;
export const invitationsSchema = z.object({ invitations: z.array(invitationSchema) });
export const newInvitationSchema = z.strictObject({
  email: email.optional(),
  role: roleSchema.default("athlete"),
  days: z.number().int().min(1).max(90).default(7),
});
/** The code is answered here and never again; `path` is the page's address that takes it. */
export const createdInvitationSchema = invitationSchema.extend({
  code: z.string(),
  path: z.string(),
});
export type CreatedInvitation = z.infer<typeof createdInvitationSchema>;

/** An account as administrators see it. */
export const userSchema = z.object({
  id: z.string(),
  name: z.string(),
  email: z.string().nullable(),
  role: roleSchema,
  createdMs: z.number(),
  /** Since when it may not sign in; null: it may. */
  disabledMs: z.number().nullable(),
});
export type User = z.infer<typeof userSchema>;
export const usersSchema = z.object({ users: z.array(userSchema) });
export const newUserSchema = z.strictObject({
  name,
  email,
  password: newPassword,
  role: roleSchema.default("athlete"),
});
export const userChangeSchema = z.strictObject({
  role: roleSchema.optional(),
  disabled: z.boolean().optional(),
  /** A forgotten one, set anew: from the server's own machine alone. Every session ends. */
  password: newPassword.optional(),
});

export const settingsSchema = z.object({ signup: signupSchema });
export const settingsChangeSchema = z.strictObject({ signup: signupSchema.optional() });
