import type { Rows } from "../../db/database.ts";
import type { MailRow } from "../../db/mail-sending.ts";
import type { ownerMailQueries } from "../../db/owner-mail-facts.ts";
import type { OwnerMailKind } from "../../db/schema/vocabulary.ts";
import { disputeWaits } from "../../facts/payment-fold.ts";
import type { Message } from "../../mail/port.ts";
import { moneyWithoutService } from "../purchase/unserved.ts";
import { BLOCKED_ORDERS, ROUTES } from "../routes.ts";
import { paragraphs, shownIn } from "./shown.ts";

type OwnerFacts = Rows<ReturnType<typeof ownerMailQueries>>;

/** A kind of news in the mail to the owner: what is counted, and the console's page that tells more. */
interface News {
  /** The subjects that still wait. */
  waiting(facts: OwnerFacts): readonly string[];
  words(count: number): string;
  /** The console's path; an approval has a page of its own. */
  path(waiting: readonly string[]): readonly string[];
}

const some = (count: number, one: string, many: string): string => (count === 1 ? `1 ${one}` : `${count} ${many}`);

/** Every kind of news: the order is that of the mail. It tells counts and pages alone, since a mail is read by others. */
const NEWS: Readonly<Record<OwnerMailKind, News>> = {
  approval_waits: {
    waiting: ({ approvals }) => approvals.map(({ id }) => id),
    words: (count) => some(count, "request waits for your approval", "requests wait for your approval"),
    path: (waiting) => [waiting.length === 1 ? `/approvals/${waiting[0]}` : ROUTES.accountApprovals],
  },
  checkout_blocked: {
    waiting: ({ blocked }) => blocked.map(({ id }) => id),
    words: (count) => some(count, "order is blocked", "orders are blocked"),
    path: () => [BLOCKED_ORDERS],
  },
  money_without_service: {
    waiting: (facts) => moneyWithoutService(facts).map(({ invoice }) => invoice.stripeInvoiceId),
    words: (count) =>
      some(count, "payment came for a plan that gives nothing", "payments came for plans that give nothing"),
    path: () => ["/owner/money-without-service"],
  },
  dispute_opened: {
    waiting: ({ disputes }) => [...new Set(disputes.filter(({ state }) => disputeWaits(state)).map(({ id }) => id))],
    words: (count) => some(count, "dispute waits for your answer at Stripe", "disputes wait for your answer at Stripe"),
    path: () => [ROUTES.ownerOrders],
  },
  webhooks_stopped: {
    waiting: ({ missed }) => (missed.length > 0 ? ["missed"] : []),
    words: () => "Stripe's events are not delivered; the scheduled run finds them later",
    path: () => ["/owner/webhooks"],
  },
  answer_came: {
    waiting: ({ answers }) => answers.map(({ id }) => id),
    words: (count) => some(count, "buyer wants to be talked to", "buyers want to be talked to"),
    path: () => [ROUTES.ownerAnswers],
  },
};

/** The mail to the owner of all that waits; undefined where nothing of it waits any more. */
export function ownerMail(
  rows: readonly MailRow[],
  facts: OwnerFacts,
  publicUrl: string,
): Omit<Message, "to"> | undefined {
  const [business] = facts.business;
  const news = (Object.entries(NEWS) as [OwnerMailKind, News][]).flatMap(
    ([kind, { waiting: waitingIn, words, path }]) => {
      const asked = new Set(rows.filter(({ mailKind }) => mailKind === kind).map(({ subjectId }) => subjectId));
      if (asked.size === 0) return [];
      // One row of a day stands for all the events that are missing.
      const waiting = kind === "webhooks_stopped" ? waitingIn(facts) : waitingIn(facts).filter((id) => asked.has(id));
      if (waiting.length === 0) return [];
      return [[`- ${words(waiting.length)}:`, ...path(waiting).map((one) => `  ${publicUrl}${one}`)].join("\n")];
    },
  );
  if (!business || news.length === 0) return undefined;
  const { shop } = shownIn(business);
  return {
    subject: `${shop}: something waits for you`,
    text: paragraphs(
      `This waits for you at ${shop}:`,
      news.join("\n"),
      `These mails are switched off here:\n${publicUrl}/owner/mail`,
    ),
  };
}

/**
 * The mail to a person of what waits for their approval: a link to the one approval, or to the page of all. It tells no more
 * than that: a mail is read by others.
 */
export function approvalMail(shop: string, publicUrl: string, only: string | undefined): Omit<Message, "to"> {
  const one = only !== undefined;
  const all = publicUrl + ROUTES.accountApprovals;
  return {
    subject: `${shop}: ${one ? "a request waits" : "requests wait"} for your approval`,
    text: paragraphs(
      one
        ? `An app that you connected to your account at ${shop} asks for your approval. Sign in, read what it asks, and decide here:`
        : `Apps that you connected to your account at ${shop} ask for your approval. Sign in, read what they ask, and decide here:`,
      only ?? all,
      "Nothing is done until you decide. A request ends by itself; its page says until when you can decide.",
      `You did not connect an app? Disconnect it on your account page, and set a new password.`,
      `These mails are switched off here:\n${all}`,
    ),
  };
}
