import { and, eq, sql } from "drizzle-orm";
import { BOUNDS, type CountedBound, windowAt } from "../base/bounds.ts";
import { countNetworkUp, countOf, countUp } from "../db/counts.ts";
import type { Query } from "../db/database.ts";
import { account, user } from "../db/schema/people.ts";
import type { Message } from "../mail/port.ts";
import type { AuthContext } from "./context.ts";
import type { TooManyAttempts } from "./faults.ts";
import { sendOrLog } from "./mails.ts";
import { boundOver, countRequest } from "./met-bound.ts";
import { TOKEN_MINUTES, type TokenPurpose } from "./one-time-tokens.ts";

const TO_AN_ADDRESS = "mailsToAnAddressADay";

/** What the page says that answers a request for a mail, the same whether or not a mail was sent. */
export const LAST_LINK = `No more than ${BOUNDS[TO_AN_ADDRESS].most} messages a day go to one address. If none comes, use the newest link that you were sent today.`;

/** The mailbox of an address. A mail that a stranger can ask for counts for it, and for the network that asks. */
export interface Mailbox {
  readonly email: string;
  /** The account with this address, where there is one. */
  readonly person: { readonly id: string; readonly emailVerified: boolean; readonly hasPassword: boolean } | undefined;
  /** Whose budget a mail uses: the mailbox's, or that of a browser which was signed in to the account before. */
  readonly budget: string;
  /** How many mails that budget was used for in this day. */
  readonly used: number;
}

/** Counts a request for a mail by its network, whether or not a mail follows, so that the answer tells of no account. */
export async function countMailRequest(auth: AuthContext, request: Request): Promise<TooManyAttempts | undefined> {
  const over = await countRequest(auth, "accountRequests", request);
  if (over || !auth.mail) return over;
  return boundOver(auth, await auth.db.tryCommit(await countNetworkUp(auth, "mailsADay", request)));
}

/** An address, its account and its budget, in one read. `browser` is that of `knownBrowser`. */
export async function readMailbox(auth: AuthContext, email: string, browser: string | undefined): Promise<Mailbox> {
  const shared = mailboxOf(email);
  const budget = await auth.keyring.keyedHash(browser ? `${browser} ${shared}` : shared, "mailbox");
  const { people, counts } = await auth.db.read({
    people: auth.db.build
      .select({
        id: user.id,
        emailVerified: user.emailVerified,
        // An alias: D1 answers two columns of one name as one.
        hasPassword: sql<number>`${account.id} IS NOT NULL`.as("has_password"),
      })
      .from(user)
      .leftJoin(account, and(eq(account.userId, user.id), eq(account.providerId, "credential")))
      .where(eq(user.email, email)),
    counts: countOf(auth, TO_AN_ADDRESS, budget),
  });
  const [found] = people;
  const person = found && { ...found, hasPassword: found.hasPassword === 1 };
  return { email, person, budget, used: counts[0]?.count ?? 0 };
}

/**
 * Mails a one-time link, counted in the batch that stores its token. The last one of a day works until the day ends: what
 * strangers ask for uses the budget up, and then leaves a usable link in the mailbox.
 */
export async function mailLink(
  auth: AuthContext,
  mailbox: Mailbox,
  link: { readonly purpose: TokenPurpose; readonly subject: string; readonly counts?: CountedBound },
  message: (token: string, within: string) => Omit<Message, "to">,
): Promise<void> {
  const { budget } = mailbox;
  const { most, seconds } = BOUNDS[TO_AN_ADDRESS];
  const now = auth.clock.now();
  const [soon, dayEnds] = [now + TOKEN_MINUTES[link.purpose] * 60_000, windowAt(seconds, now).end];
  const isLast = sql`coalesce((${countOf(auth, TO_AN_ADDRESS, budget)}), 0) >= ${most}`;
  const { token, statements } = auth.tokens.issuing(link.purpose, link.subject, {
    expiresAt: sql`case when ${isLast} then ${Math.max(soon, dayEnds)} else ${soon} end`,
  });
  if (!(await isCounted(auth, mailbox, link.counts, statements))) return;
  const lasts = mailbox.used + 1 >= most && dayEnds > soon;
  const within = lasts ? "before midnight (UTC); no other link is sent to you today" : wordsOf(link.purpose);
  await sendOrLog(auth, { to: mailbox.email, ...message(token, within) });
}

/** Mails words without a token. `counts` bounds such mails beside the budget of the mailbox. */
export async function mailWords(
  auth: AuthContext,
  mailbox: Mailbox,
  counts: CountedBound,
  message: Omit<Message, "to">,
): Promise<void> {
  if (await isCounted(auth, mailbox, counts, [])) await sendOrLog(auth, { to: mailbox.email, ...message });
}

/**
 * Whether the mail is within its bounds; the batch is written only then. The last mail of a mailbox's day is left to links
 * that open its account: as any other, it would keep its person out until midnight.
 */
async function isCounted(
  auth: AuthContext,
  { budget }: Mailbox,
  counts: CountedBound | undefined,
  statements: readonly Query[],
): Promise<boolean> {
  const guard = await auth.db.tryCommit([
    ...(counts ? countUp(auth, counts, budget) : []),
    ...countUp(auth, TO_AN_ADDRESS, budget, BOUNDS[TO_AN_ADDRESS].most - (counts ? 1 : 0)),
    ...statements,
  ]);
  return (await boundOver(auth, guard)) === undefined;
}

/** The mailbox of an address: many services deliver `name+tag@host` to `name@host`. */
export function mailboxOf(email: string): string {
  const [local = "", host = ""] = email.toLowerCase().split("@");
  return `${local.replace(/(?<=.)\+.*$/, "")}@${host}`;
}

function wordsOf(purpose: TokenPurpose): string {
  return TOKEN_MINUTES[purpose] < 60 ? "within half an hour" : "within a day";
}
