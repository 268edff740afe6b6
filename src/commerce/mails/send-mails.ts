import { faultOf } from "../../base/log.ts";
import { countUp } from "../../db/counts.ts";
import { buyerMailQueries, waitingApproval } from "../../db/mail-facts.ts";
import {
  dropOldMails,
  endMails,
  type MailRow,
  ownerIsMailed,
  takeMails,
  takeOwnerMails,
} from "../../db/mail-sending.ts";
import { businessRow, requireBusiness } from "../../db/operations.ts";
import { hashedEmail, payerPlace } from "../../db/order-payers.ts";
import { ownerMailQueries } from "../../db/owner-mail-facts.ts";
import { BUYER_MAIL_KINDS, type BuyerMailKind } from "../../db/schema/vocabulary.ts";
import { approvalUrl } from "../../kernel/approval.ts";
import type { Context } from "../../kernel/context.ts";
import { mailFault, NEVER_DELIVERED } from "../../mail/fault.ts";
import type { Mail, Message } from "../../mail/port.ts";
import { issueOrderLink } from "../delivery/order-links.ts";
import { ROUTES } from "../routes.ts";
import { buyerMail, isStillTrue } from "./order-texts.ts";
import { approvalMail, ownerMail } from "./owner-texts.ts";
import { isAddress, shownIn } from "./shown.ts";

/** What a run of the outbox did, in counts. `held`: the mail service took none of them; they are tried again. */
export interface SentMails {
  sent: number;
  dropped: number;
  held: number;
}

/** Mails that are taken at a time: a run that dies leaves no more to be sent a second time. */
const TAKEN_AT_ONCE = 10;
/** Calls to D1 for those that were taken, at most: read, a link stored, counted and ended each; with the taking itself. */
const TRIPS_A_ROUND = 2 + 4 * TAKEN_AT_ONCE;
/** Calls to D1 that a round of the outbox makes at most, the owner's mail with it. */
export const TRIPS_TO_SEND = TRIPS_A_ROUND + 5;
/** Rounds after one request. A run of the schedule has its budget. */
const ROUNDS_OF_A_REQUEST = 2;

type Ended = "sent" | "dropped" | "held";

/**
 * Sends the mails that are due, each from the rows of this moment: one whose reason is gone is dropped. A mail is taken by
 * one run, sent, and ended. A run that dies after sending leaves it queued, so a mail is sent at least once, and twice at
 * most rarely. Two runs at once are no harm. Never throws for a mail: one that was not taken by the mail service waits.
 */
export async function sendMails(
  ctx: Context,
  { atOnce, mayContinue }: { readonly atOnce: boolean; mayContinue(rounds: number): boolean },
): Promise<SentMails> {
  const counts: SentMails = { sent: 0, dropped: 0, held: 0 };
  const { mail } = ctx;
  if (!mail) {
    await ctx.db.commit([dropOldMails(ctx, { all: true })]);
    return counts;
  }
  for (let rounds = 0; mayContinue(rounds); rounds++) {
    const { taken, forOwner = [] } = await ctx.db.read({
      old: dropOldMails(ctx, { all: false }),
      taken: takeMails(ctx, TAKEN_AT_ONCE),
      ...(rounds === 0 && { forOwner: takeOwnerMails(ctx, { atOnce }) }),
    });
    if (forOwner.length > 0) await note(counts, forOwner, mailOwner(forOwner, mail, ctx), ctx);
    for (const rows of personal(taken)) await note(counts, rows, mailPerson(rows, mail, ctx), ctx);
    // A mail service that took none is not asked again at once.
    if (taken.length < TAKEN_AT_ONCE || counts.held > 0) break;
  }
  return counts;
}

/** Sends what a request's commit queued. Run after its answer. */
export async function sendAfterCommit(ctx: Context): Promise<void> {
  try {
    await sendMails(ctx, { atOnce: false, mayContinue: (rounds) => rounds < ROUNDS_OF_A_REQUEST });
  } catch (thrown) {
    ctx.log({ event: "mail", name: "outbox", code: "not_taken", fault: faultOf(thrown) });
  }
}

/** The rows of one mail, and how it ended. */
interface Outcome {
  readonly rows: readonly MailRow[];
  readonly ended: Ended;
}

/** Ends the rows of the mails that were made of them, and counts. A fault of ours holds them: they are tried again. */
async function note(
  counts: SentMails,
  rows: readonly MailRow[],
  mailing: Promise<readonly Outcome[]>,
  ctx: Context,
): Promise<void> {
  const outcomes = await mailing.catch((thrown: unknown): Outcome[] => {
    ctx.log({ event: "mail", name: rows[0]?.mailKind ?? "outbox", code: "not_made", fault: faultOf(thrown) });
    return [{ rows, ended: "held" }];
  });
  for (const outcome of outcomes) counts[outcome.ended] += 1;
  const ended = outcomes.flatMap((outcome) => {
    const ids = outcome.rows.map(({ id }) => id);
    return outcome.ended === "held" ? [] : [endMails(ctx, ids, outcome.ended)];
  });
  if (ended.length > 0) await ctx.db.commit(ended);
}

/** The taken rows by mail. The approvals are one group: those that wait for one person are one mail. */
function personal(taken: readonly MailRow[]): MailRow[][] {
  const others = taken.filter(({ mailKind }) => mailKind !== "approval_waits").map((row) => [row]);
  const approvals = taken.filter(({ mailKind }) => mailKind === "approval_waits");
  return approvals.length > 0 ? [...others, approvals] : others;
}

async function mailPerson(rows: readonly MailRow[], mail: Mail, ctx: Context): Promise<readonly Outcome[]> {
  const [row] = rows;
  const kind = BUYER_MAIL_KINDS.find((word) => word === row?.mailKind);
  if (!row || !kind) return mailApprovals(rows, mail, ctx);
  return [{ rows, ended: await mailBuyer(kind, row, mail, ctx) }];
}

async function mailBuyer(kind: BuyerMailKind, row: MailRow, mail: Mail, ctx: Context): Promise<Ended> {
  const read = await ctx.db.read(buyerMailQueries(ctx, row));
  const [intent] = read.intent;
  if (!intent) return "dropped";
  const facts = { ...read, intent, business: requireBusiness(read.business) };
  const to = isStillTrue(kind, facts) ? await recipientOf(kind, facts, ctx) : undefined;
  if (!to) return "dropped";
  const isAccount = kind !== "order_link" && hashedEmail(to) === hashedEmail(read.account[0]?.email ?? "");
  const orderUrl = isAccount
    ? `${ctx.publicUrl}${ROUTES.accountOrders}/${encodeURIComponent(intent.id)}`
    : await linkFor(intent.id, ctx);
  return send(kind, { to, ...buyerMail(kind, { ...facts, orderUrl }, ctx) }, mail, ctx);
}

/** The address that a mail about an order goes to: the payer's, or the account's while no payer is known. */
async function recipientOf(
  kind: BuyerMailKind,
  { payer: [payer], account: [account], intent }: Parameters<typeof isStillTrue>[1],
  { keyring }: Context,
): Promise<string | undefined> {
  if (account && account.erasedAt !== null) return undefined;
  if (payer) {
    return payer.emailSealed === null ? undefined : keyring.open(payer.emailSealed, payerPlace(intent.id));
  }
  return kind !== "order_link" && account?.emailVerified ? account.email : undefined;
}

/** A link that opens the order for its payer. It is stored before the mail goes out; a second attempt has its own. */
async function linkFor(checkoutIntentId: string, ctx: Context): Promise<string> {
  const { statements, url } = await issueOrderLink(checkoutIntentId, ctx);
  await ctx.db.commit(statements);
  return url;
}

/** Mails each person the approvals that wait for them, within what apps may cause in a day. */
async function mailApprovals(rows: readonly MailRow[], mail: Mail, ctx: Context): Promise<readonly Outcome[]> {
  const { business, ...found } = await ctx.db.read({
    ...Object.fromEntries(rows.map(({ id, subjectId }) => [id, waitingApproval(ctx, subjectId)])),
    business: businessRow(ctx),
  });
  const waiting = found as Record<string, Awaited<ReturnType<typeof waitingApproval>>>;
  const personOf = (row: MailRow) => waiting[row.id]?.[0];
  const outcomes: Outcome[] = [];
  for (const [actorId, theirs] of Map.groupBy(rows, (row) => personOf(row)?.actorId)) {
    const [person] = theirs.map(personOf);
    const mayBeMailed =
      actorId !== undefined &&
      person?.emailVerified === true &&
      (await ctx.db.tryCommit(countUp(ctx, "approvalMailsADay", actorId))) === undefined;
    const [first] = theirs;
    const only = person?.waiting === 1 && first ? approvalUrl(first.subjectId, ctx) : undefined;
    const message = approvalMail(shownIn(requireBusiness(business)).shop, ctx.publicUrl, only);
    const ended = mayBeMailed ? await send("approval_waits", { to: person.email, ...message }, mail, ctx) : "dropped";
    outcomes.push({ rows: theirs, ended });
  }
  return outcomes;
}

/** Mails the owner all that waits, unless they switched it off. */
async function mailOwner(rows: readonly MailRow[], mail: Mail, ctx: Context): Promise<readonly Outcome[]> {
  const facts = await ctx.db.read(ownerMailQueries(ctx, rows));
  const [owner] = facts.owner;
  const isTold = ownerIsMailed(facts.setting) && owner !== undefined && owner.erasedAt === null;
  const message = isTold ? ownerMail(rows, facts, ctx.publicUrl) : undefined;
  if (!owner || !message) return [{ rows, ended: "dropped" }];
  // What apps ask has a budget of its own, so that an app can't use up the one that tells of disputes.
  const budget = rows.every(({ mailKind }) => mailKind === "approval_waits") ? "approvalMailsADay" : "ownerMailsADay";
  const refused = await ctx.db.tryCommit(countUp(ctx, budget, ctx.ownerUserId));
  if (refused) return [{ rows, ended: "held" }];
  return [{ rows, ended: await send("owner_mail", { to: owner.email, ...message }, mail, ctx) }];
}

/** Hands a message to the mail service. What it refuses is logged without address, words or the service's own text. */
async function send(name: string, message: Message, mail: Mail, ctx: Context): Promise<Ended> {
  if (!isAddress(message.to)) return "dropped";
  try {
    await mail.send(message);
    return "sent";
  } catch (thrown) {
    const { code, fault } = mailFault(thrown);
    ctx.log({ event: "mail", name, code: "not_sent", fault });
    return code !== undefined && NEVER_DELIVERED.has(code) ? "dropped" : "held";
  }
}
