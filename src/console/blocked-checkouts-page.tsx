import { moneyText } from "../base/money.ts";
import { blockedWords, MODE_WORDS } from "../commerce/words.ts";
import { blockedCheckouts } from "../db/console.ts";
import { Table, When, Who } from "../pages/elements.tsx";
import { type ConsolePage, consolePage, readRows } from "./console-page.tsx";

/** Checkouts that wait for something, with what that is and what to do about it. */
export const blockedCheckoutsPage: ConsolePage = {
  path: "/owner/blocked-checkouts",
  async show(visit, again) {
    const { rows, business } = await readRows(visit, { blocked: blockedCheckouts(visit.site.ctx) });
    const content = (
      <>
        <p class="soft">They give nothing to anybody. What Stripe reports next decides, and nobody here can.</p>
        <Table
          label="Blocked checkouts"
          head={["Checkout", "Who", "Confirmed", "Mode", "What to do", "Started"]}
          empty="None."
          rows={rows.blocked.map(({ intent, personName, personEmail }) => [
            <a href={`/owner/operations/${encodeURIComponent(intent.operationId)}`}>{intent.id}</a>,
            <Who name={personName} email={personEmail} id={intent.actorId} />,
            moneyText(intent.amountCents, intent.currency),
            MODE_WORDS[intent.stripeMode],
            intent.blockedReason ? blockedWords(intent.blockedReason, intent.planSlug) : "",
            <When at={intent.createdAt} />,
          ])}
        />
      </>
    );
    return consolePage(visit, { title: "Blocked checkouts", business, content, again });
  },
};
