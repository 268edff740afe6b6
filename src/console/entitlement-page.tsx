import { notFound } from "../base/problem.ts";
import { revocationContract } from "../commerce/access/contract.ts";
import { orderText } from "../commerce/checkout/order-text.ts";
import {
  CHECKOUT_WORDS,
  ENTITLEMENT_WORDS,
  GRANT_WORDS,
  MODE_WORDS,
  REVOCATION_REASON_WORDS,
} from "../commerce/words.ts";
import { entitlementDetails } from "../db/console.ts";
import { purchaseOf } from "../db/entitlements.ts";
import { openIntentOf } from "../db/revocation-intents.ts";
import { REVOCATION_REASONS } from "../db/schema/vocabulary.ts";
import { Facts } from "../pages/elements.tsx";
import { When } from "../pages/locale.tsx";
import { ConfirmedForm, runConsoleWrite } from "./confirmed-form.tsx";
import { type ConsolePage, consolePage, readRows } from "./console-page.tsx";
import { OrderLink, Who } from "./elements.tsx";

/** One entitlement, and the form that records a removal intent. Removes no access. */
export const entitlementPage: ConsolePage = {
  path: "/owner/entitlements/:id",

  async show(visit, refusal) {
    const { ctx } = visit.site;
    const id = visit.params.id ?? "";
    const { rows, business } = await readRows(visit, {
      found: entitlementDetails(ctx, id),
      open: openIntentOf(ctx, id),
      purchase: purchaseOf(ctx, id),
    });
    const [found] = rows.found;
    const [open] = rows.open;
    if (!found) throw notFound();
    const { entitlement } = found;
    const content = (
      <>
        <Facts
          facts={[
            ["Access to", rows.purchase[0]?.productName ?? entitlement.productId],
            ["Access", ENTITLEMENT_WORDS[entitlement.status]],
            ["Bought with", orderText(rows.purchase, rows.purchase[0]?.boughtAt ?? entitlement.grantedAt)],
            ["Person", <Who name={found.personName} email={found.personEmail} />],
            ["Granted", <When at={entitlement.grantedAt} />],
            ["Granted by", GRANT_WORDS[entitlement.grantKind]],
            found.checkoutStatus !== null && ["Checkout now", CHECKOUT_WORDS[found.checkoutStatus]],
            found.stripeMode !== null && ["Stripe mode", MODE_WORDS[found.stripeMode]],
            ["Order", <OrderLink id={entitlement.checkoutIntentId} />],
            ["Entitlement", <code>{entitlement.id}</code>],
            ["Product", <code>{entitlement.productId}</code>],
            ["Access rule", <code>{entitlement.accessRuleId}</code>],
          ]}
        />
        <h2>Record a removal intent</h2>
        {open ? (
          <p>
            A removal intent is open: <code>{open.revocationIntentId}</code>. You can{" "}
            <a href="/owner/revocation-intents">withdraw it</a>.
          </p>
        ) : (
          <ConfirmedForm
            visit={visit}
            refusal={refusal}
            updatedAt={entitlement.updatedAt}
            text={revocationContract.confirmation()}
            button="Record the intent"
          >
            <p>{`Access is ${ENTITLEMENT_WORDS[entitlement.status]}, before and after: an intent is a note and removes no access.`}</p>
            <label for="reasonCode">Reason</label>
            <select id="reasonCode" name="reasonCode" required>
              {REVOCATION_REASONS.map((code) => (
                <option value={code} selected={refusal?.typed?.reasonCode === code}>
                  {REVOCATION_REASON_WORDS[code]}
                </option>
              ))}
            </select>
            <label for="reason">In your words (optional; only their fingerprint is kept)</label>
            <textarea id="reason" name="reason" rows={2} maxlength={500}>
              {refusal?.typed?.reason ?? ""}
            </textarea>
          </ConfirmedForm>
        )}
      </>
    );
    return consolePage(visit, { title: "Entitlement", business, content, refusal });
  },

  async submit(form, visit) {
    const { fields } = form;
    const reason = fields.get("reason");
    const answer = await runConsoleWrite(
      revocationContract.write,
      form,
      { entitlementId: visit.params.id, reasonCode: fields.get("reasonCode") ?? "", ...(reason && { reason }) },
      visit,
    );
    return `${visit.url.pathname}?done=${answer.operationId}`;
  },
};
