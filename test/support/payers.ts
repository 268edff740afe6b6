import { createKeyring } from "../../src/base/keyring.ts";
import { openSecrets } from "../../src/base/secrets.ts";
import { EMAIL_HASH, hashedEmail, payerPlace } from "../../src/db/order-payers.ts";
import type { World } from "./world.ts";

/** Sets the payer of an order, as a report of Stripe's would name them. */
export async function payer(world: World, checkoutIntentId: string, email: string, at = world.clock.now()) {
  const keyring = createKeyring(openSecrets([world.bindings.SERVER_SECRET]));
  await world.all(
    `INSERT OR REPLACE INTO order_payers (owner_user_id, checkout_intent_id, email_sealed, email_hash, created_at)
      SELECT owner_user_id, id, ?, ?, ? FROM checkout_intents WHERE id = ?`,
    await keyring.seal(email, payerPlace(checkoutIntentId)),
    await keyring.keyedHash(hashedEmail(email), EMAIL_HASH),
    at,
    checkoutIntentId,
  );
}
