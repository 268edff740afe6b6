import { payerPlace } from "../db/order-payers.ts";
import type { Context } from "../kernel/context.ts";

/** The payer of an order as it is stored; all null where Stripe has named no address yet. */
interface StoredPayer {
  readonly checkoutIntentId: string | null;
  readonly emailSealed: string | null;
  readonly erasedAt: number | null;
}

/** The payer's address, which Stripe reported: it may be another person's than the account's. For the owner alone. */
export async function payerText(payer: StoredPayer | undefined, { keyring }: Context): Promise<string> {
  if (!payer || payer.checkoutIntentId === null) return "no address known yet";
  if (payer.emailSealed === null) return "erased";
  // A secret that was retired after its time opens no more: the order stays readable without the address.
  const opened = await keyring.open(payer.emailSealed, payerPlace(payer.checkoutIntentId)).catch(() => undefined);
  return opened ?? "an address that was sealed with a retired secret";
}
