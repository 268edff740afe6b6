import { moneyWithoutService } from "../commerce/purchase/unserved.ts";
import { MODE_WORDS, unservedWords } from "../commerce/words.ts";
import { unservedQueries } from "../db/unserved-invoices.ts";
import { Table } from "../pages/elements.tsx";
import { Money, When } from "../pages/locale.tsx";
import { type ConsolePage, consolePage, readRows } from "./console-page.tsx";
import { OrderLink, Who } from "./elements.tsx";

/** Invoices of plans that were paid for a time in which the plan gives nothing, with what the owner can do. */
export const moneyWithoutServicePage: ConsolePage = {
  path: "/owner/money-without-service",
  async show(visit, refusal) {
    const { rows, business } = await readRows(visit, unservedQueries(visit.site.ctx));
    const content = (
      <>
        <p class="soft">
          These invoices of plans were paid, and the plan gives nothing for them. An invoice leaves the list once it is
          refunded in full or disputed, or once the plan gives something for it.
        </p>
        <Table
          label="Money without a service"
          head={["Order", "Buyer", "Paid", "Stripe mode", "From", "To", "What to do"]}
          empty="For each paid invoice its plan gave something, or the money went back."
          rows={moneyWithoutService(rows).map(({ invoice, intent, subscriptionStatus, personName, personEmail }) => [
            <OrderLink id={intent.id} />,
            <Who name={personName} email={personEmail} id={intent.actorId} />,
            <Money cents={invoice.amountCents} currency={invoice.currency} />,
            MODE_WORDS[intent.stripeMode],
            <When at={invoice.periodStart} />,
            <When at={invoice.periodEnd} />,
            unservedWords(subscriptionStatus),
          ])}
        />
      </>
    );
    return consolePage(visit, { title: "Money without a service", business, content, refusal });
  },
};
