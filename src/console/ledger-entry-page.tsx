import { notFound } from "../base/problem.ts";
import { type ReviewActionKind, reviewContract, reviewTransition } from "../commerce/affiliates/contracts.ts";
import { CHECKOUT_WORDS, ledgerWords, REVIEW_ACTION_WORDS } from "../commerce/words.ts";
import { reviewsOf } from "../db/console.ts";
import { type LedgerRow, ledgerEntryById, linesOfEntry } from "../db/ledger.ts";
import { REVIEW_ACTION_KINDS } from "../db/schema/vocabulary.ts";
import { Facts, Table } from "../pages/elements.tsx";
import { Money, When } from "../pages/locale.tsx";
import { ConfirmedForm, runConsoleWrite } from "./confirmed-form.tsx";
import { type ConsolePage, consolePage, readRows } from "./console-page.tsx";
import { OrderLink, Who } from "./elements.tsx";
import { operationPath } from "./paths.ts";

/** One ledger entry with its reviews and their private reasons, and the form of the next review. */
export const ledgerEntryPage: ConsolePage = {
  path: "/owner/ledger/:id",

  async show(visit, refusal) {
    const { ctx } = visit.site;
    const id = visit.params.id ?? "";
    const { rows, business } = await readRows(visit, {
      entry: ledgerEntryById(ctx, id),
      lines: linesOfEntry(ctx, id),
      reviews: reviewsOf(ctx, id),
    });
    const [entry] = rows.entry;
    if (!entry) throw notFound();
    const open = reviewContract.eligibleStatuses.some((status) => status === entry.ledgerStatus);
    const content = (
      <>
        <Facts
          facts={[
            ["Order", rows.lines.map(({ name }) => name).join(" and ")],
            ["Sale", <Money cents={entry.sourceCheckoutAmountCents} currency={entry.currency} />],
            ["Commission", <Money cents={entry.commissionCents} currency={entry.currency} />],
            ["Payable", "never"],
            ["State", standing(entry)],
            ["Partner", `${entry.partnerId}, code ${entry.referralCode}`],
            ["Checkout when recorded", CHECKOUT_WORDS[entry.sourceCheckoutStatus]],
            ["Its order", <OrderLink id={entry.checkoutIntentId} />],
            ["Entry", <code>{entry.id}</code>],
            ["Recorded", <When at={entry.createdAt} />],
            ["Recorded by", <a href={operationPath(entry.operationId)}>{entry.operationId}</a>],
          ]}
        />
        <h2>Review</h2>
        {open ? (
          <ConfirmedForm
            visit={visit}
            refusal={refusal}
            updatedAt={entry.updatedAt}
            text={reviewContract.confirmation(business)}
            button="Record the review"
          >
            <fieldset>
              <legend>Action</legend>
              {REVIEW_ACTION_KINDS.map((kind) => (
                <label class="choice">
                  <input
                    type="radio"
                    name="actionKind"
                    value={kind}
                    required
                    checked={refusal?.typed?.actionKind === kind}
                  />
                  <span>
                    <strong>{REVIEW_ACTION_WORDS[kind]}</strong>
                    <span class="soft">{`Now: ${standing(entry)}. Then: ${after(kind)}.`}</span>
                  </span>
                </label>
              ))}
            </fieldset>
            <label for="reason">Reason, for you alone (optional)</label>
            <textarea id="reason" name="reason" rows={2} maxlength={500}>
              {refusal?.typed?.reason ?? ""}
            </textarea>
          </ConfirmedForm>
        ) : (
          <p class="soft">It is reversed for good: no review can follow.</p>
        )}
        <h2>Reviews</h2>
        <Table
          label="Reviews of this entry"
          head={["When", "Action", "New state", "By", "Reason"]}
          empty="No review yet."
          rows={rows.reviews.map(({ action, personName, personEmail, reason }) => [
            <When at={action.createdAt} />,
            <a href={operationPath(action.operationId)}>{REVIEW_ACTION_WORDS[action.actionKind]}</a>,
            ledgerWords(action.nextLedgerStatus, action.nextReviewStatus),
            <Who name={personName} email={personEmail} />,
            reason ?? (action.reasonGiven === 1 ? <span class="soft">erased</span> : ""),
          ])}
        />
      </>
    );
    return consolePage(visit, { title: "Ledger entry", business, content, refusal });
  },

  async submit(form, visit) {
    const { fields } = form;
    const reason = fields.get("reason");
    const answer = await runConsoleWrite(
      reviewContract.write,
      form,
      {
        commissionLedgerId: visit.params.id,
        actionKind: fields.get("actionKind") ?? "",
        ...(reason && { reason }),
      },
      visit,
    );
    return `${visit.url.pathname}?done=${answer.operationId}`;
  },
};

const standing = ({ ledgerStatus, reviewStatus }: LedgerRow) => ledgerWords(ledgerStatus, reviewStatus);

function after(kind: ReviewActionKind): string {
  const { nextLedgerStatus, nextReviewStatus } = reviewTransition(kind);
  return ledgerWords(nextLedgerStatus, nextReviewStatus);
}
