import type { Child } from "hono/jsx";
import { confirmedText } from "../commerce/tax.ts";
import { CHECKOUT_WORDS, ENTITLEMENT_WORDS } from "../commerce/words.ts";
import type { IntentRow } from "../db/checkouts.ts";
import { linesOfCheckouts } from "../db/checkouts.ts";
import { accessOfCheckouts } from "../db/entitlements.ts";
import type { Context } from "../kernel/context.ts";
import { Amounts, OwnWords, When } from "../pages/locale.tsx";

/** A person's purchases, each with the access that it gives. */
export async function purchaseItems(intents: readonly IntentRow[], ctx: Context): Promise<Child> {
  if (intents.length === 0) return <p class="soft">No purchase yet.</p>;
  const ids = intents.map(({ id }) => id);
  const { lines, access } = await ctx.db.read({
    lines: linesOfCheckouts(ctx, ids),
    access: accessOfCheckouts(ctx, ids),
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
              .map(({ productId, status }) => (
                <li>
                  Access to <code>{productId}</code>: {ENTITLEMENT_WORDS[status]}
                </li>
              ))}
          </ul>
          <p class="soft">
            <When at={intent.createdAt} />
          </p>
        </li>
      ))}
    </ul>
  );
}
