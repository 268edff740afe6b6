import { orderNumberOf } from "../../base/order-number.ts";
import type { Rows } from "../../db/database.ts";
import type { buyerMailQueries } from "../../db/mail-facts.ts";
import type { BusinessRow } from "../../db/operations.ts";
import type { BuyerMailKind } from "../../db/schema/vocabulary.ts";
import type { Context } from "../../kernel/context.ts";
import type { Message } from "../../mail/port.ts";
import { quotedText } from "../../pages/untrusted-text.ts";
import { isYes } from "../checkout/answer-mails.ts";
import { intervalOf } from "../interval.ts";
import { isTestPurchase } from "../modes.ts";
import { isThere, ROUTES } from "../routes.ts";
import { paidText, taxedText } from "../tax.ts";
import { paragraphs, type Shown, shownIn } from "./shown.ts";

/** What a mail to a buyer is made of. */
interface BuyerFacts extends Omit<Rows<ReturnType<typeof buyerMailQueries>>, "business" | "intent"> {
  readonly business: BusinessRow;
  readonly intent: Rows<ReturnType<typeof buyerMailQueries>>["intent"][number];
  /** The way to the order: a page of the account, or a link that opens it for the payer. */
  readonly orderUrl: string;
}

/** The reason of each mail, as it stands when the mail is sent: without it nothing is sent. */
const STILL_TRUE: Readonly<Record<BuyerMailKind, (facts: Omit<BuyerFacts, "orderUrl">) => boolean>> = {
  order_confirmed: ({ intent }) => intent.status === "paid",
  payment_failed: ({ intent }) => intent.status === "failed",
  delivery_ready: ({ given }) => given.some(({ hasFile }) => hasFile === 1),
  answer_received: ({ answer }) => answer.some(({ decisionKind }) => isYes(decisionKind)),
  order_link: ({ payer }) => payer.some(({ erasedAt }) => erasedAt === null),
};

/** Whether a mail to a buyer still has its reason. */
export const isStillTrue = (kind: BuyerMailKind, facts: Omit<BuyerFacts, "orderUrl">): boolean =>
  STILL_TRUE[kind](facts);

/** The words of a mail to a buyer, from the rows of this moment. */
export function buyerMail(kind: BuyerMailKind, facts: BuyerFacts, ctx: Context): Omit<Message, "to"> {
  const shown = shownIn(facts.business);
  const number = orderNumberOf(facts.intent.id);
  const { subject, text } = WORDS[kind](facts, { shown, number, ctx });
  const questions = `Questions? Write to ${shown.support} and name the order ${number}.`;
  return { subject, text: paragraphs(...text, questions) };
}

interface Writing {
  readonly shown: Shown;
  readonly number: string;
  readonly ctx: Context;
}

const WORDS: Readonly<
  Record<BuyerMailKind, (facts: BuyerFacts, by: Writing) => { subject: string; text: readonly (string | undefined)[] }>
> = {
  order_confirmed: (facts, by) => ({
    subject: `Your order ${by.number} at ${by.shown.shop} is paid`,
    text: [
      `Thank you. Your order at ${by.shown.shop} is paid.`,
      orderText(facts, by),
      facts.intent.stripeMode === "sandbox" ? "This was a test: no real money was taken." : undefined,
      `What happens now: ${whatHappensNow(facts, by)}`,
      `See your order:\n${facts.orderUrl}`,
    ],
  }),
  payment_failed: (facts, by) => ({
    subject: `The payment of your order ${by.number} at ${by.shown.shop} did not go through`,
    text: [
      `The payment of your order at ${by.shown.shop} did not go through. You got nothing, and the failed payment costs you nothing.`,
      linesText(facts, by),
      wayBack(facts, by),
    ],
  }),
  delivery_ready: (facts, by) => ({
    subject: `Your order ${by.number} at ${by.shown.shop} is ready to download`,
    text: [
      `From your order at ${by.shown.shop} you can download now:`,
      namesOf(facts.given.filter(({ hasFile }) => hasFile === 1))
        .map((name) => `- ${name}`)
        .join("\n"),
      `Download it here:\n${facts.orderUrl}`,
    ],
  }),
  answer_received: (facts, by) => ({
    subject: `We have your answer about order ${by.number} at ${by.shown.shop}`,
    text: [
      `You asked ${by.shown.shop} to talk to you about ${offerText(facts)}. A person there has your answer and writes to you.`,
      "Nothing was charged.",
      `See your order:\n${facts.orderUrl}`,
    ],
  }),
  order_link: (facts, by) => ({
    subject: `The link to your order ${by.number} at ${by.shown.shop}`,
    text: [
      `A new link to your order at ${by.shown.shop} was asked for. It opens the order once, in one browser:`,
      facts.orderUrl,
      "If you did not ask for it, do nothing: the link came to you alone.",
    ],
  }),
};

/** The order in lines: its number and time, what was bought, and what was paid with its tax. */
function orderText(facts: BuyerFacts, by: Writing): string {
  const { intent } = facts;
  const at = by.shown.time(intent.paidAt ?? intent.createdAt);
  return [`Order ${by.number}, paid on ${at}`, linesText(facts, by), `Paid: ${paidText(intent, by.shown.money)}`].join(
    "\n",
  );
}

function linesText({ intent, lines }: BuyerFacts, { shown }: Writing): string {
  return lines
    .map(({ line, price }) => {
      const amount = taxedText(line.unitAmountCents, intent.currency, intent.taxBehavior, shown.money);
      const each = intent.planSlug && line.role === "primary" ? ` a ${intervalOf(price)}` : "";
      return `- ${quotedText(line.name)}: ${amount}${each}`;
    })
    .join("\n");
}

const namesOf = (given: BuyerFacts["given"]): string[] => [...new Set(given.map(({ name }) => quotedText(name)))];

function whatHappensNow({ intent, given, plan, wanted }: BuyerFacts, { ctx }: Writing): string {
  if (isTestPurchase(intent, wanted[0]?.mode, ctx)) return "nothing, since a test gives nothing here.";
  if (intent.planSlug) {
    return plan[0]?.status === "active" ? "your plan is active." : "your plan starts when its payment is complete.";
  }
  const files = namesOf(given.filter(({ hasFile }) => hasFile === 1));
  const others = namesOf(given.filter(({ hasFile }) => hasFile === 0)).filter((name) => !files.includes(name));
  const parts = [
    ...(files.length > 0 ? [`you can download ${listed(files)}`] : []),
    ...(others.length > 0
      ? [`${listed(others)}: a person takes care of it, and your order shows where it stands`]
      : []),
  ];
  return parts.length > 0 ? `${parts.join("; ")}.` : "you have to do nothing more.";
}

const listed = (names: readonly string[]): string => names.join(" and ");

const offerText = ({ answer }: BuyerFacts): string => quotedText(answer[0]?.offerName ?? "an offer");

/** A plan's open invoice may be collected again, so a new start would be a second plan. */
function wayBack({ intent }: BuyerFacts, { ctx }: Writing): string {
  if (intent.planSlug) {
    return `The payment may be tried again. Your account shows where the plan stands, and there you change how you pay or end it:\n${ctx.publicUrl}/account`;
  }
  const path = isThere(ROUTES.offers, ctx.parts) ? ROUTES.offers : "/account";
  return `You can order again here:\n${ctx.publicUrl}${path}`;
}
