import type { Child } from "hono/jsx";
import { orderNumberOf } from "../base/order-number.ts";
import { orderPath, payPath, waysOf } from "../commerce/checkout/ways.ts";
import { confirmedText } from "../commerce/tax.ts";
import { CHECKOUT_WORDS, ENTITLEMENT_WORDS, productWords } from "../commerce/words.ts";
import { namedAccessOf } from "../db/account-orders.ts";
import type { IntentRow } from "../db/checkouts.ts";
import { linesOfCheckouts } from "../db/checkouts.ts";
import type { Context } from "../kernel/context.ts";
import { Amounts, OwnWords, When } from "../pages/locale.tsx";

/** A person's orders, each with its state, what it gives, and the way to its page. */
export async function orderItems(intents: readonly IntentRow[], ctx: Context): Promise<Child> {
  if (intents.length === 0) return <p class="soft">No order yet.</p>;
  const ids = intents.map(({ id }) => id);
  const { lines, access } = await ctx.db.read({
    lines: linesOfCheckouts(ctx, ids),
    access: namedAccessOf(ctx, ids),
  });
  return (
    <ul class="list">
      {intents.map((intent) => (
        <li class="card">
          <p>
            <strong>
              <OwnWords>
                {lines
                  .filter(({ checkoutIntentId }) => checkoutIntentId === intent.id)
                  .map(({ name }) => name)
                  .join(", ")}
              </OwnWords>
            </strong>
            {intent.stripeMode === "sandbox" && <span class="soft"> (test purchase)</span>}
          </p>
          <p>
            <Amounts of={(write) => confirmedText(intent, write)} />, {CHECKOUT_WORDS[intent.status]}
          </p>
          <ul>
            {access
              .filter(({ checkoutIntentId }) => checkoutIntentId === intent.id)
              .map(({ productName, status }) => (
                <li>
                  Access to <OwnWords>{productWords(productName)}</OwnWords>: {ENTITLEMENT_WORDS[status]}
                </li>
              ))}
          </ul>
          <p class="soft">
            <When at={intent.createdAt} />
          </p>
          <p>
            <a href={orderPath(intent.id)}>{`Order ${orderNumberOf(intent.id)}`}</a>
            {waysOf(intent, ctx).pay && (
              <>
                {" · "}
                <a href={payPath(intent.id)} aria-label={`Continue to payment of order ${orderNumberOf(intent.id)}`}>
                  Continue to payment
                </a>
              </>
            )}
          </p>
        </li>
      ))}
    </ul>
  );
}
