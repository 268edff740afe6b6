import { sql } from "drizzle-orm";
import { check, foreignKey, index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { flag, instant, ownerUserId } from "./columns.ts";
import { declareTable, internal, priv } from "./declare.ts";
import { operations } from "./operations.ts";
import { oauthGrants, user } from "./people.ts";

/** A passkey of a person, as it was registered. The private key never leaves their device. Nothing here is ever published. */
export const passkeys = sqliteTable(
  "passkeys",
  {
    /** Base64url, as the authenticator chose it. */
    credentialId: text("credential_id").primaryKey().notNull(),
    userId: text("user_id")
      .notNull()
      .references(() => user.id, { onDelete: "cascade" }),
    /** COSE, base64url. */
    publicKey: text("public_key").notNull(),
    /** The authenticator's count of signatures; 0 for one that keeps none (WebAuthn level 3, section 6.1.1). */
    counter: integer("counter").notNull(),
    /** How the browser reaches the authenticator, as JSON. */
    transports: text("transports").notNull(),
    /** The name that the person gave it. */
    name: text("name").notNull(),
    backedUp: integer("backed_up").notNull(),
    createdAt: integer("created_at").notNull(),
    lastUsedAt: integer("last_used_at"),
  },
  (t) => [
    index("passkeys_user").on(t.userId, t.createdAt),
    check("passkeys_counter", sql`${t.counter} >= 0`),
    flag("passkeys_backed_up", t.backedUp),
  ],
);

/** What a touch proved: one row for each operation with the proof `passkey`. */
export const confirmationAssertions = declareTable(
  "confirmation_assertions",
  { published: false },
  {
    ownerUserId: priv(ownerUserId()),
    operationId: priv(text("operation_id").notNull()),
    actorId: priv(text("actor_id").notNull()),
    /** SHA-256 of the assertion, which the signed confirmation carries. */
    assertionSha256: priv(text("assertion_sha256").notNull()),
    /** Sealed: assertion, public key, and what the challenge was made of. Its person alone downloads it. Null once erased. */
    fileSealed: priv(text("file_sealed")),
    createdAt: internal(instant("created_at").notNull()),
  },
  (t) => [
    primaryKey({ columns: [t.ownerUserId, t.operationId] }),
    foreignKey({ columns: [t.ownerUserId, t.operationId], foreignColumns: [operations.ownerUserId, operations.id] }),
    index("confirmation_assertions_actor").on(t.ownerUserId, t.actorId, t.createdAt),
  ],
);

/** What a person allows a connected app without asking them. A grant without a row, and a null, has no limit. */
export const grantLimits = sqliteTable(
  "grant_limits",
  {
    grantId: text("grant_id")
      .primaryKey()
      .notNull()
      .references(() => oauthGrants.id, { onDelete: "cascade" }),
    /** The most of one checkout before added tax, in minor units of `currency`. */
    mostCents: integer("most_cents"),
    currency: text("currency"),
    /** The most checkouts in 24 hours. */
    mostADay: integer("most_a_day"),
    /** From this time on each write of the app waits for the person. */
    endsAt: integer("ends_at"),
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [
    check(
      "grant_limits_amount",
      sql`(${t.mostCents} IS NULL) = (${t.currency} IS NULL) AND (${t.mostCents} IS NULL OR ${t.mostCents} >= 0)`,
    ),
    check("grant_limits_day", sql`${t.mostADay} IS NULL OR ${t.mostADay} >= 0`),
  ],
);

/** How long a question waits for a person, as the owner set it. A business without a row waits ten minutes. */
export const approvalSettings = sqliteTable(
  "approval_settings",
  {
    ownerUserId: text("owner_user_id")
      .primaryKey()
      .notNull()
      .references(() => user.id),
    waitMinutes: integer("wait_minutes").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [check("approval_settings_wait", sql`${t.waitMinutes} BETWEEN 10 AND 1440`)],
);

/** Whether a person is mailed what waits for them. A person without a row is mailed. */
export const approvalMailSettings = sqliteTable(
  "approval_mail_settings",
  {
    userId: text("user_id")
      .primaryKey()
      .notNull()
      .references(() => user.id, { onDelete: "cascade" }),
    told: integer("told").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [flag("approval_mail_settings_told", t.told)],
);
