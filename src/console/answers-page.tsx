import { pageOf } from "../base/list.ts";
import { ROUTES } from "../commerce/routes.ts";
import { shownPriceText } from "../commerce/tax.ts";
import { offerWords } from "../commerce/words.ts";
import { answerById, answersPage as answerRows, type ListedAnswer, putFollowUp } from "../db/answers.ts";
import type { BusinessRow } from "../db/operations.ts";
import type { Context } from "../kernel/context.ts";
import { Table } from "../pages/elements.tsx";
import { Notice } from "../pages/form-parts.tsx";
import { Amounts, OwnWords, When } from "../pages/locale.tsx";
import { RowForm } from "./confirmed-form.tsx";
import { type ConsolePage, consolePage, readRows } from "./console-page.tsx";
import { Buyer, Id, Lists, listIn, OrderLink } from "./elements.tsx";
import { type Markable, mark, markFields } from "./mark.ts";
import { FOLLOW_UP_WORDS } from "./order-words.ts";
import { Pager, positionOf } from "./paging.tsx";
import { payerText } from "./payer-text.ts";
import type { Visit } from "./visit.tsx";

const LISTS = [
  ["open", "Open"],
  ["done", "Done"],
] as const;

/** Who said "yes, talk to me" to a later offer: open until the owner has talked to them, by a click each. */
export const answersPage: ConsolePage = {
  path: ROUTES.ownerAnswers,
  async show(visit, refusal) {
    const { ctx } = visit.site;
    const list = listIn(visit.url, LISTS);
    const after = await positionOf(visit);
    const { rows, business } = await readRows(visit, {
      answers: answerRows(ctx, list, after),
      changed: answerById(ctx, visit.url.searchParams.get("changed") ?? ""),
    });
    const { page, last } = pageOf(rows.answers, ({ createdAt, decisionId }) => ({ createdAt, id: decisionId }));
    const payers = await Promise.all(page.map(({ payer }) => payerText(payer, ctx)));
    const [changed] = rows.changed;
    const content = (
      <>
        <p class="soft">
          Buyers who said “yes, talk to me” to an offer after their payment. Nothing was charged for it.
        </p>
        {changed && !refusal && <Changed row={changed} visit={visit} />}
        <Lists path={ROUTES.ownerAnswers} lists={LISTS} shown={list} />
        <Table
          label="Answers"
          head={["About", "Price", "Buyer", "Paid by", "Order", "Answered", "Change", "Id"]}
          empty={list === "open" ? "No answer is open." : "No answer is done yet."}
          rows={page.map((row, at) => [
            <Name of={row} />,
            <Price of={row} business={business} />,
            <Buyer of={row} />,
            payers[at],
            <OrderLink id={row.checkoutIntentId} />,
            <When at={row.createdAt} />,
            <Change row={row} visit={visit} />,
            <Id of={row.decisionId} />,
          ])}
        />
        <Pager visit={visit} last={last} />
      </>
    );
    return consolePage(visit, { title: "Answers", business, content, refusal });
  },

  async submit(form, visit) {
    const id = await mark(form, visit, answerMark(visit.site.ctx));
    return `${visit.url.pathname}?${new URLSearchParams({ changed: id })}`;
  },
};

const Name = ({ of: { offerName } }: { of: ListedAnswer }) => <OwnWords>{offerWords(offerName)}</OwnWords>;

/** The offer's price as it is today. */
function Price({ of: row, business }: { of: ListedAnswer; business: BusinessRow }) {
  const { unitAmountCents, currency, taxBehavior } = row;
  if (unitAmountCents === null || currency === null) return null;
  return <Amounts of={(write) => shownPriceText(business, { unitAmountCents, currency, taxBehavior }, write)} />;
}

function Change({ row: { decisionId, updatedAt, status, offerName }, visit }: { row: ListedAnswer; visit: Visit }) {
  const to = status === "done" ? "open" : "done";
  const words = to === "done" ? "Done" : "Take back";
  return (
    <RowForm
      visit={visit}
      hidden={markFields(decisionId, updatedAt, to)}
      button={words}
      label={`${words}: ${offerName ?? "answer"}`}
    />
  );
}

/** The result of the last click, with the click that takes it back. */
function Changed({ row, visit }: { row: ListedAnswer; visit: Visit }) {
  return (
    <>
      <Notice kind="good">
        <Name of={row} />: {FOLLOW_UP_WORDS[row.status]}.
      </Notice>
      {row.status === "done" && <Change row={row} visit={visit} />}
    </>
  );
}

/** How an answer is set to done and taken back. The answer itself is sealed and stays as it is. */
function answerMark(ctx: Context): Markable<ListedAnswer> {
  return {
    find: (id) => answerById(ctx, id),
    isDone: ({ status }) => status === "done",
    updatedAt: ({ updatedAt }) => updatedAt,
    change(row, done, now) {
      const to = done ? "done" : "open";
      return {
        writes: putFollowUp(ctx, row, to, now),
        audit: {
          eventKind: done ? "answer_followed_up" : "answer_reopened",
          subjectId: row.decisionId,
          subjectStatus: to,
          checkoutIntentId: row.checkoutIntentId,
          summary: done
            ? "The owner talked to a buyer about an offer."
            : "The owner took back that they talked to a buyer.",
        },
      };
    },
  };
}
