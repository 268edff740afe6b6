import { expect } from "vitest";
import type { World } from "./world.ts";

/** The session that another application makes in the same Stripe account: one thing, for so much. Answers its id. */
export async function soldElsewhere(
  { bindings }: World,
  unitAmountCents: number,
  form: Readonly<Record<string, string>>,
): Promise<string> {
  const { STRIPE_SANDBOX, STRIPE_SECRET_KEY_SANDBOX } = bindings;
  const made = await STRIPE_SANDBOX.fetch("http://stripe-sandbox.test/v1/checkout/sessions", {
    method: "POST",
    headers: {
      Authorization: `Bearer ${STRIPE_SECRET_KEY_SANDBOX}`,
      "Content-Type": "application/x-www-form-urlencoded",
    },
    body: new URLSearchParams({
      success_url: "https://elsewhere.test/thanks",
      "line_items[0][quantity]": "1",
      "line_items[0][price_data][currency]": "usd",
      "line_items[0][price_data][unit_amount]": String(unitAmountCents),
      "line_items[0][price_data][product_data][name]": "Something else",
      ...form,
    }),
  });
  expect(made.status, await made.clone().text()).toBe(200);
  return ((await made.json()) as { id: string }).id;
}
