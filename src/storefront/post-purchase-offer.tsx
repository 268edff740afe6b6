import { FORM_TOKEN } from "../auth/forms.ts";
import { isoTime } from "../base/time.ts";
import { decisionContract } from "../commerce/checkout/decision-contract.ts";
import { answersTo, type Presentation } from "../commerce/checkout/post-purchase.ts";
import { ROUTES } from "../commerce/routes.ts";
import { shownPriceText } from "../commerce/tax.ts";
import { DECISION_WORDS } from "../commerce/words.ts";
import type { DecisionRow, PresentedOffer } from "../db/decisions.ts";
import { CONFIRMATION } from "../pages/confirmation.tsx";
import { HiddenFields } from "../pages/form-parts.tsx";
import { Amounts, OwnWords } from "../pages/locale.tsx";
import type { LinkedCheckout } from "./buyer-link.tsx";

/** A checkout with its offers and the answers to them. */
export interface OfferView extends LinkedCheckout {
  readonly decisions: readonly DecisionRow[];
  readonly presented: readonly PresentedOffer[];
  readonly presentation: Presentation;
}

/** The fields of a form as they were sent. */
export type Typed = Readonly<Record<string, string>>;

/** The path of the page on which the buyer answers an offer. */
export const postPurchasePath = (token: string) => `${ROUTES.postPurchase}/${encodeURIComponent(token)}`;

/** The offer with the form that answers it: each answer is one button under the sentence that it confirms. */
export function openOffer(
  { intent, business, token }: OfferView,
  { offer, price }: PresentedOffer,
  formToken: string,
  { typed }: { readonly typed?: Typed },
) {
  const version = isoTime(intent.updatedAt);
  // The same form has the same key: a double click, or a second try after a fault, is one answer.
  const sameForm = typed?.presentedOfferId === offer.publicOfferId && typed.expectedUpdatedAt === version;
  const hidden = {
    [FORM_TOKEN]: formToken,
    idempotencyKey: (sameForm && typed.idempotencyKey) || `page-${crypto.randomUUID()}`,
    expectedUpdatedAt: version,
    presentedOfferId: offer.publicOfferId,
    [CONFIRMATION]: decisionContract.confirmation(business),
  };
  const content = (
    <>
      <div class="card">
        <p>
          <strong>
            <OwnWords>{offer.name}</OwnWords>
          </strong>
          , <Amounts of={(write) => shownPriceText(business, price, write)} />
        </p>
        <p>
          <OwnWords>{offer.summary}</OwnWords>
        </p>
      </div>
      <form method="post" action={postPurchasePath(token)}>
        <HiddenFields fields={hidden} />
        <p>
          Your answer is only recorded: nothing is charged. With it you confirm: <code>{hidden[CONFIRMATION]}</code>
        </p>
        <div class="actions">
          {answersTo(offer.role).map(({ decisionKind }, index) => (
            <button type="submit" name="decisionKind" value={decisionKind} class={index === 0 ? "primary" : ""}>
              {answerWords(decisionKind)}
            </button>
          ))}
        </div>
      </form>
    </>
  );
  return { title: "One more offer", content };
}

function answerWords(kind: DecisionRow["decisionKind"]): string {
  const words = DECISION_WORDS[kind];
  return words.charAt(0).toUpperCase() + words.slice(1);
}

type Closed = Extract<Presentation, { kind: "closed" }>["because"];

const CLOSED: Readonly<Record<Closed, { readonly title: string; readonly words: string }>> = {
  other_kind: { title: "There is no further offer", words: "This order has no further offers." },
  not_paid: { title: "There is no offer yet", words: "Offers open once the payment is confirmed." },
  window_over: { title: "This offer has ended", words: "The time to answer it is over. Nothing was charged." },
  all_answered: { title: "Thank you", words: "We have your answer. Nothing was charged." },
};

/** Why no offer is open, and the answers given so far, each with its signed confirmation. */
export function closedOffer({ decisions, presented, token }: OfferView, because: Closed) {
  const { title, words } = CLOSED[because];
  const nameOf = (id: string) => presented.find(({ offer }) => offer.publicOfferId === id)?.offer.name ?? id;
  const content = (
    <>
      <p>{words}</p>
      {decisions.length > 0 && (
        <dl>
          {decisions.map(({ presentedOfferId, decisionKind, actorKind, operationId }) => (
            <>
              <dt>{nameOf(presentedOfferId)}</dt>
              <dd>
                {answerWords(decisionKind)}
                {actorKind === "buyer_post_purchase_page" && (
                  <>
                    {" · "}
                    <a href={`${postPurchasePath(token)}/receipts/${operationId}`} download>
                      {`Signed confirmation of your answer to ${nameOf(presentedOfferId)}`}
                    </a>
                  </>
                )}
              </dd>
            </>
          ))}
        </dl>
      )}
      <p>
        <a href={`${ROUTES.checkoutSuccess}/${encodeURIComponent(token)}`}>Back to your order</a>
      </p>
    </>
  );
  return { title, content };
}
