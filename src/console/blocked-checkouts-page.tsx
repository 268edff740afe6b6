import { paidText, taxedText } from "../commerce/tax.ts";
import { blockedWords, MODE_WORDS } from "../commerce/words.ts";
import { blockedCheckouts } from "../db/console.ts";
import { Table } from "../pages/elements.tsx";
import { Amounts, When } from "../pages/locale.tsx";
import { type ConsolePage, consolePage, readRows } from "./console-page.tsx";
import { Who } from "./elements.tsx";
import { operationPath } from "./paths.ts";

/** Checkouts whose payment contradicts what was confirmed, with what the owner can do. */
export const blockedCheckoutsPage: ConsolePage = {
  path: "/owner/blocked-checkouts",
  async show(visit, refusal) {
    const { rows, business } = await readRows(visit, { blocked: blockedCheckouts(visit.site.ctx) });
    const content = (
      <>
        <p class="soft">A blocked checkout gives no access. Only Stripe's next report changes it.</p>
        <Table
          label="Blocked checkouts"
          head={["Checkout", "Buyer", "Confirmed amount", "Paid", "Stripe mode", "What to do", "Started"]}
          empty="No checkout is blocked."
          rows={rows.blocked.map(({ intent, personName, personEmail }) => [
            <a href={operationPath(intent.operationId)}>{intent.id}</a>,
            <Who name={personName} email={personEmail} id={intent.actorId} />,
            <Amounts of={(write) => taxedText(intent.amountCents, intent.currency, intent.taxBehavior, write)} />,
            <Amounts of={(write) => paidText(intent, write)} />,
            MODE_WORDS[intent.stripeMode],
            intent.blockedReason ? blockedWords(intent.blockedReason, intent.planSlug) : "",
            <When at={intent.createdAt} />,
          ])}
        />
      </>
    );
    return consolePage(visit, { title: "Blocked checkouts", business, content, refusal });
  },
};
