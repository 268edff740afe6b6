import { and, eq, notExists, sql } from "drizzle-orm";
import { guardThat, type Query } from "../db/database.ts";
import { signUpSettings } from "../db/schema/sign-in.ts";
import type { SIGN_UP_POLICIES } from "../db/schema/vocabulary.ts";
import { auditOf } from "./audit.ts";
import type { AuthContext } from "./context.ts";
import { sendOrLog } from "./mails.ts";

/** `open`, or `by_invitation`. */
export type SignUpPolicy = (typeof SIGN_UP_POLICIES)[number];

/** The policy that says who can make an account. */
export async function findSignUpPolicy({
  db,
  ownerUserId,
}: Pick<AuthContext, "db" | "ownerUserId">): Promise<SignUpPolicy> {
  const { rows } = await db.read({
    rows: db.build.select().from(signUpSettings).where(eq(signUpSettings.ownerUserId, ownerUserId)),
  });
  return rows[0]?.policy ?? "open";
}

/** Sets the policy, audited. The caller has checked that the owner requests it in a browser session. */
export async function setSignUpPolicy(auth: AuthContext, policy: SignUpPolicy): Promise<void> {
  const at = auth.clock.now();
  const row = { ownerUserId: auth.ownerUserId, policy, updatedAt: at };
  await auth.db.commit([
    auth.db.build
      .insert(signUpSettings)
      .values(row)
      .onConflictDoUpdate({ target: signUpSettings.ownerUserId, set: row }),
    auditOf(auth, {
      eventKind: "sign_up_policy_changed",
      summary: "The owner set who can make an account.",
      subjectId: auth.ownerUserId,
      subjectStatus: policy,
    }),
  ]);
}

/** Refuses a batch with `by_invitation` where accounts are made by invitation only. */
export function guardSignUpOpen({ db, ownerUserId }: Pick<AuthContext, "db" | "ownerUserId">): Query {
  const closed = and(eq(signUpSettings.ownerUserId, ownerUserId), eq(signUpSettings.policy, "by_invitation"));
  return guardThat(db, notExists(db.build.select({ one: sql`1` }).from(signUpSettings).where(closed)), "by_invitation");
}

/**
 * Invites a person by their e-mail address, audited. The link makes one account with that address. It is answered for the
 * owner to hand over, and also mailed where this deployment sends mail.
 */
export async function invitePerson(auth: AuthContext, email: string): Promise<string> {
  const { token, id, statements } = auth.tokens.issuing("invitation", email);
  const link = `${auth.publicUrl}/sign-up?invitation=${token}`;
  await auth.db.commit([
    ...statements,
    auditOf(auth, {
      eventKind: "person_invited",
      summary: "The owner invited a person to make an account.",
      subjectId: id,
    }),
  ]);
  await sendOrLog(auth, {
    to: email,
    subject: "You are invited",
    text: `You are invited to make an account. The link works once, within a week:\n\n${link}\n`,
  });
  return link;
}
