import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/**
 * An instant that better-auth reads as a Date. It sets the names and columns of `user`, `session`, `account` and
 * `verification`; `second_factor` is ours. Nothing in this file is ever published or part of an output.
 */
const when = (name: string) => integer(name, { mode: "timestamp_ms" });

/** A person who can sign in. The owner of the business is the one whose id the business names. */
export const user = sqliteTable(
  "user",
  {
    id: text("id").primaryKey(),
    name: text("name").notNull(),
    email: text("email").notNull().unique(),
    emailVerified: integer("email_verified", { mode: "boolean" }).notNull().default(false),
    image: text("image"),
    createdAt: when("created_at").notNull(),
    updatedAt: when("updated_at").notNull(),
    /** When the person was erased: the row then has no name or address, and stays for the rows that name its id. */
    erasedAt: when("erased_at"),
  },
  (t) => [index("user_newest").on(t.createdAt, t.id).where(sql`erased_at IS NULL`)],
);

export const session = sqliteTable(
  "session",
  {
    id: text("id").primaryKey(),
    expiresAt: when("expires_at").notNull(),
    token: text("token").notNull().unique(),
    createdAt: when("created_at").notNull(),
    updatedAt: when("updated_at").notNull(),
    ipAddress: text("ip_address"),
    userAgent: text("user_agent"),
    userId: text("user_id")
      .notNull()
      .references(() => user.id, { onDelete: "cascade" }),
    /** Whether it was opened with the person's second factor. */
    secondFactor: integer("second_factor", { mode: "boolean" }).notNull().default(false),
  },
  (table) => [index("session_user").on(table.userId)],
);

export const account = sqliteTable(
  "account",
  {
    id: text("id").primaryKey(),
    accountId: text("account_id").notNull(),
    providerId: text("provider_id").notNull(),
    userId: text("user_id")
      .notNull()
      .references(() => user.id, { onDelete: "cascade" }),
    accessToken: text("access_token"),
    refreshToken: text("refresh_token"),
    idToken: text("id_token"),
    accessTokenExpiresAt: when("access_token_expires_at"),
    refreshTokenExpiresAt: when("refresh_token_expires_at"),
    scope: text("scope"),
    password: text("password"),
    createdAt: when("created_at").notNull(),
    updatedAt: when("updated_at").notNull(),
  },
  (table) => [index("account_user").on(table.userId)],
);

export const verification = sqliteTable(
  "verification",
  {
    id: text("id").primaryKey(),
    identifier: text("identifier").notNull(),
    value: text("value").notNull(),
    expiresAt: when("expires_at").notNull(),
    createdAt: when("created_at").notNull(),
    updatedAt: when("updated_at").notNull(),
  },
  (table) => [index("verification_identifier").on(table.identifier)],
);

/**
 * What a person let a client do, one row a consent. The token store is eventually consistent;
 * this row is not, so a revocation counts from the very next request.
 */
export const oauthGrants = sqliteTable(
  "oauth_grants",
  {
    id: text("id").primaryKey(),
    userId: text("user_id")
      .notNull()
      .references(() => user.id, { onDelete: "cascade" }),
    clientId: text("client_id").notNull(),
    clientName: text("client_name").notNull(),
    resource: text("resource").notNull(),
    scopes: text("scopes").notNull(),
    createdAt: integer("created_at").notNull(),
    revokedAt: integer("revoked_at"),
  },
  (table) => [
    index("oauth_grants_user").on(table.userId, table.createdAt),
    index("oauth_grants_live").on(table.createdAt, table.id).where(sql`revoked_at IS NULL`),
    index("oauth_grants_client").on(table.clientId).where(sql`revoked_at IS NULL`),
  ],
);

/**
 * The OAuth library's record of a grant: hashes of its code and refresh token, and its data, which only a holder of a token
 * can open. It stands here because the token store takes one write a second for a key and may answer with an earlier one.
 */
export const oauthGrantRecords = sqliteTable(
  "oauth_grant_records",
  {
    grantId: text("grant_id")
      .primaryKey()
      .references(() => oauthGrants.id, { onDelete: "cascade" }),
    recordJson: text("record_json").notNull(),
    /** Grows with each write: of two uses that read the same revision one is written. */
    revision: integer("revision").notNull(),
    expiresAt: integer("expires_at").notNull(),
  },
  (table) => [index("oauth_grant_records_end").on(table.expiresAt)],
);

/** A code or refresh token that was used less than a minute ago: one row a use. */
export const oauthTokenUses = sqliteTable(
  "oauth_token_uses",
  {
    tokenSha256: text("token_sha256").primaryKey(),
    grantId: text("grant_id")
      .notNull()
      .references(() => oauthGrants.id, { onDelete: "cascade" }),
    /** The answer, and the record by which it was given. */
    answerSealed: text("answer_sealed").notNull(),
    usedAt: integer("used_at").notNull(),
  },
  (table) => [index("oauth_token_uses_used").on(table.usedAt), index("oauth_token_uses_grant").on(table.grantId)],
);
