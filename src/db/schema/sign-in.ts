import { sql } from "drizzle-orm";
import { check, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { oneOf } from "./columns.ts";
import { session, user } from "./people.ts";
import { SIGN_UP_POLICIES } from "./vocabulary.ts";

/** Who can make an account, as the owner set it. A business without a row is `open`. Nothing here is ever published. */
export const signUpSettings = sqliteTable(
  "sign_up_settings",
  {
    ownerUserId: text("owner_user_id")
      .primaryKey()
      .notNull()
      .references(() => user.id),
    policy: text("policy", { enum: SIGN_UP_POLICIES }).notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [oneOf("sign_up_settings_policy", t.policy, SIGN_UP_POLICIES)],
);

/** A person's second factor in force: the secret that their app shares with us, and the count of wrong codes. */
export const secondFactors = sqliteTable(
  "second_factors",
  {
    userId: text("user_id")
      .primaryKey()
      .notNull()
      .references(() => user.id, { onDelete: "cascade" }),
    /** Sealed. */
    secretSealed: text("secret_sealed").notNull(),
    /** When the person showed that their app has the secret. */
    confirmedAt: integer("confirmed_at").notNull(),
    /** The time step of the last code that was accepted: no code is accepted twice. */
    lastStep: integer("last_step").default(0).notNull(),
    failures: integer("failures").default(0).notNull(),
    lockedUntil: integer("locked_until"),
  },
  (t) => [check("second_factors_failures", sql`${t.failures} >= 0`)],
);

/** A second factor that is being set up. One session alone can finish it, since a thief with the password has others. */
export const begunSecondFactors = sqliteTable("begun_second_factors", {
  sessionId: text("session_id")
    .primaryKey()
    .notNull()
    .references(() => session.id, { onDelete: "cascade" }),
  /** Sealed. No sign-in asks for it until the person has shown that their app has it. */
  secretSealed: text("secret_sealed").notNull(),
});

/** Codes for a person whose app is lost, as hashes; each is deleted by its use. */
export const recoveryCodes = sqliteTable(
  "recovery_codes",
  {
    userId: text("user_id")
      .notNull()
      .references(() => user.id, { onDelete: "cascade" }),
    codeSha256: text("code_sha256").notNull(),
  },
  (t) => [primaryKey({ columns: [t.userId, t.codeSha256] })],
);
