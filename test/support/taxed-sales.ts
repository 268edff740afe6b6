import { expect } from "vitest";
import { openAgent } from "../approvals/asking.ts";
import { CREATE } from "./launch-pass.ts";
import type { OpenPlan } from "./plans.ts";
import type { World } from "./world.ts";

/** The parameters of the latest session request. */
export async function requested(world: World): Promise<Record<string, unknown>> {
  const creations = (await world.sandbox.calls()).filter(({ method, path }) => `${method} ${path}` === CREATE);
  return creations.at(-1)?.params as Record<string, unknown>;
}

/** The statuses of the access that a checkout gave. */
export const accessOf = async (world: World, checkoutIntentId: string) =>
  (await world.all("SELECT status FROM product_entitlements WHERE checkout_intent_id = ?", checkoutIntentId)).map(
    ({ status }) => status,
  );

/** The newest session at Stripe. */
export const latestSession = async (world: World) => {
  const session = (await world.sandbox.sessions()).at(-1);
  if (!session) throw new Error("there is no session");
  return session;
};

/** A checkout as its buyer's agent reads it. */
export const readOwn = async (world: World, checkoutIntentId: string) =>
  (await (await openAgent(world)).call("read_commerce", { uri: `commerce://checkouts/${checkoutIntentId}` }))
    .content as Record<string, unknown>;

/** The paid invoices of a plan, the first period first. */
export const invoicesOf = (world: World, { checkoutIntentId }: OpenPlan) =>
  world.all(
    "SELECT amount_cents, tax_cents FROM billing_invoices WHERE checkout_intent_id = ? ORDER BY period_start",
    checkoutIntentId,
  );

/** Dollars, as pages show them. */
export const money = (cents: number) => `${(cents / 100).toFixed(2)} USD`;

/** Brings an event of the latest session, with other amounts than Stripe's. */
export async function toldAs(
  world: World,
  type: string,
  { details = {}, ...amounts }: { readonly amount_total?: number; readonly details?: Record<string, number> },
): Promise<void> {
  const { line_items: _, ...session } = await latestSession(world);
  const total_details = { ...session.total_details, ...details };
  await world.sandbox.event({ type, object: { ...session, ...amounts, total_details } });
  const delivery = (await world.sandbox.deliveries({ pending: true })).at(-1);
  if (!delivery) throw new Error("the event is not delivered");
  expect((await world.post(delivery)).status).toBe(200);
}

/** The parameters that Stripe refused for good while `run` ran, as the owner is told. */
export async function refusedParameters(world: World, run: () => Promise<unknown>): Promise<unknown[]> {
  await world.db.exec("DELETE FROM provider_refusals");
  await run();
  return (await world.all("SELECT error_param FROM provider_refusals")).map(({ error_param }) => error_param);
}

/** The settings of a session that a business without tax asks for. */
export const OFF = {
  automatic_tax: { enabled: "false" },
  managed_payments: { enabled: "false" },
  adaptive_pricing: { enabled: "false" },
};
