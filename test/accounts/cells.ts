import { startCheckout } from "../../tools/start-checkout.ts";
import { startPlanCheckout } from "../../tools/start-plan-checkout.ts";
import { sharedDoors } from "../support/doors.ts";
import { launchPassCall, type Started, sessionBehind } from "../support/launch-pass.ts";
import { planCall, withoutPlans } from "../support/plans.ts";
import { BUYER, type World } from "../support/world.ts";
import type { AccountKind } from "./kinds.ts";

/** What is bought. */
export const PRODUCTS = ["pass", "pass with bump", "plan", "plan with setup"] as const;
type Product = (typeof PRODUCTS)[number];

/** What becomes of it, in the table's order. */
export const OUTCOMES = [
  "declined",
  "paid",
  "renewed",
  "refunded",
  "delayed, paid",
  "disputed, lost",
  "delayed, failed",
] as const;
type Outcome = (typeof OUTCOMES)[number];

/** One cell of the table: what was confirmed and taken, and each thing that is wrong. */
export interface Cell {
  readonly product: Product;
  readonly outcome: Outcome;
  /** In cents. */
  readonly confirmed: number;
  readonly charged: number;
  /** True where it took the scheduled run. */
  readonly healed: boolean;
  readonly faults: readonly string[];
}

/** How a checkout stands after an outcome. */
interface Wanted {
  /** Payments that were taken, in cents each. */
  readonly charges: readonly number[];
  readonly has: boolean;
  readonly statuses: readonly string[];
}

const isPlan = (product: Product) => product.startsWith("plan");

/** Sells one product through an account of a kind, with every outcome, in three sales. */
export async function cellsOf(world: World, kind: AccountKind, product: Product): Promise<Cell[]> {
  if (kind.sale === "refused") return [await refusedSale(world, kind, product)];
  return [
    ...(await paidSale(world, kind, product)),
    ...(await delayedSale(world, kind, product)),
    await failedSale(world, kind, product),
  ];
}

/** Stripe makes no session: the call says so, nothing is open, and a plan is free for the next try. */
async function refusedSale(world: World, kind: AccountKind, product: Product): Promise<Cell> {
  await begin(world, kind);
  const before = await intents(world);
  const answer = await ask(world, product);
  const charged = (await charges(world)).reduce((sum, { amount }) => sum + amount, 0);
  const made = (await intents(world)).filter(({ id }) => before.every((one) => one.id !== id));
  const faults = [
    ...(answer.code === "provider_refused" ? [] : [`the agent got ${answer.code ?? "a link"}`]),
    ...(String(made.map(({ status }) => status)) === "failed" ? [] : [`checkouts: ${JSON.stringify(made)}`]),
    ...((await world.sandbox.sessions()).length === 0 ? [] : ["Stripe has a session"]),
    ...(charged === 0 ? [] : [`charged ${charged}`]),
  ];
  return { product, outcome: "paid", confirmed: 0, charged, healed: false, faults };
}

async function paidSale(world: World, kind: AccountKind, product: Product): Promise<Cell[]> {
  const sale = await sell(world, kind, product);
  const { first, again } = due(sale, kind);
  const cells: Cell[] = [];
  await world.sandbox.pay(sale.sessionId, "failed");
  cells.push(await look(world, kind, sale, "declined", { charges: [], has: false, statuses: ["open"] }));
  await world.sandbox.pay(sale.sessionId, "paid");
  cells.push(await look(world, kind, sale, "paid", { charges: [first], has: true, statuses: ["paid"] }));
  const charged = [first];
  if (isPlan(product)) {
    // Not in the second of the first payment, in which Stripe's times order nothing.
    await world.advance(60);
    const subscription = String((await sessionOf(world, sale)).subscription);
    await world.sandbox.subscription(subscription, { action: "renew" });
    charged.push(again);
    cells.push(await look(world, kind, sale, "renewed", { charges: charged, has: true, statuses: ["paid"] }));
  }
  const [latest] = (await charges(world)).filter(({ status }) => status === "succeeded");
  if (latest) await world.sandbox.refund({ charge: latest.id });
  const statuses = isPlan(product) ? ["paid", "refunded"] : ["refunded"];
  cells.push(await look(world, kind, sale, "refunded", { charges: charged, has: false, statuses }));
  return cells;
}

async function delayedSale(world: World, kind: AccountKind, product: Product): Promise<Cell[]> {
  const sale = await sell(world, kind, product);
  const { first } = due(sale, kind);
  await world.sandbox.pay(sale.sessionId, "delayed");
  const waiting = await look(world, kind, sale, "delayed, paid", { charges: [], has: false, statuses: ["completed"] });
  await world.sandbox.settle(sale.sessionId, "succeeded");
  const paid = await look(world, kind, sale, "delayed, paid", { charges: [first], has: true, statuses: ["paid"] });
  const [latest] = (await charges(world)).filter(({ status }) => status === "succeeded");
  if (latest) {
    const { id } = await world.sandbox.dispute({ charge: latest.id });
    await world.sandbox.moveDispute(id, "lost");
  }
  const lost = { charges: [first], has: false, statuses: ["disputed"] };
  return [
    { ...paid, healed: paid.healed || waiting.healed, faults: [...waiting.faults, ...paid.faults] },
    await look(world, kind, sale, "disputed, lost", lost),
  ];
}

async function failedSale(world: World, kind: AccountKind, product: Product): Promise<Cell> {
  const sale = await sell(world, kind, product);
  await world.sandbox.pay(sale.sessionId, "delayed");
  await bringEvents(world, kind);
  await world.sandbox.settle(sale.sessionId, "failed");
  return look(world, kind, sale, "delayed, failed", { charges: [], has: false, statuses: ["failed"] });
}

interface Sale extends Started {
  readonly product: Product;
  readonly sessionId: string;
}

/** A new account of this kind, with no plan of the buyer's. */
async function begin(world: World, kind: AccountKind): Promise<void> {
  await world.reset();
  await withoutPlans(world);
  if (kind.account) await world.sandbox.account(kind.account);
  await kind.before?.(world);
}

async function ask(world: World, product: Product) {
  if (isPlan(product)) {
    const { http } = await sharedDoors(world, startPlanCheckout, BUYER);
    return http(await planCall(world, { setup: product === "plan with setup" }));
  }
  const { http } = await sharedDoors(world, startCheckout, BUYER);
  return http(await launchPassCall(world, { bump: product === "pass with bump" }));
}

async function sell(world: World, kind: AccountKind, product: Product): Promise<Sale> {
  await begin(world, kind);
  const answer = await ask(world, product);
  if (answer.code !== undefined) throw new Error(`${kind.name}, ${product}: ${answer.text}`);
  const started = answer.body.result as unknown as Started;
  return { ...started, product, sessionId: (await sessionBehind(world, started)).id };
}

const SETUP_CENTS = 100_000;

/** What the confirmed sentence lets Stripe take: at first, and at each renewal. Tax is rounded by line. */
function due({ product, amountCents }: Sale, { addedPercent = 0 }: AccountKind): { first: number; again: number } {
  const BUMP_CENTS = 1_900;
  const part = product === "plan with setup" ? SETUP_CENTS : product === "pass with bump" ? BUMP_CENTS : 0;
  const withTax = (amount: number) => amount + Math.round((amount * addedPercent) / 100);
  return { first: withTax(amountCents - part) + withTax(part), again: withTax(amountCents - part) };
}

/** Brings the events, and looks; where that is not enough, one scheduled run may mend it. */
async function look(world: World, kind: AccountKind, sale: Sale, outcome: Outcome, wanted: Wanted): Promise<Cell> {
  await bringEvents(world, kind);
  let faults = await faultsOf(world, sale, wanted);
  const healed = faults.length > 0;
  if (healed) {
    await world.scheduled();
    await bringEvents(world, kind);
    faults = await faultsOf(world, sale, wanted);
  }
  const charged = (await taken(world)).reduce((sum, amount) => sum + amount, 0);
  return { product: sale.product, outcome, confirmed: sale.amountCents, charged, healed, faults };
}

async function bringEvents(world: World, kind: AccountKind): Promise<void> {
  await kind.amid?.(world);
  for (const answer of await world.deliver()) {
    if (answer.status !== 200) throw new Error(`the webhook answered ${answer.status}: ${await answer.text()}`);
  }
}

async function faultsOf(world: World, { checkoutIntentId, product }: Sale, wanted: Wanted): Promise<string[]> {
  const [intent] = await world.all<{ status: string }>(
    "SELECT status FROM checkout_intents WHERE id = ?",
    checkoutIntentId,
  );
  const amounts = await taken(world);
  const owned = await owns(world, checkoutIntentId, product);
  const late = owned && isPlan(product) && !(await isInStep(world, checkoutIntentId));
  const blocked = await world.all("SELECT id FROM stripe_webhook_events WHERE status IN ('blocked', 'failed')");
  const unfair = (await world.sandbox.calls()).filter(({ status }) => status === 400);
  return [
    ...(String(amounts) === String(wanted.charges) ? [] : [`charged ${amounts}, confirmed ${wanted.charges}`]),
    ...(owned === wanted.has ? [] : [wanted.has ? "paid without what was bought" : "has what is not paid"]),
    ...(late ? ["the plan's period is not the one that was paid"] : []),
    ...(wanted.statuses.includes(intent?.status ?? "") ? [] : [`the checkout is ${intent?.status}`]),
    ...(blocked.length === 0 ? [] : [`${blocked.length} events are blocked`]),
    ...(unfair.length === 0 ? [] : [`Stripe refused ${unfair.length} requests`]),
  ];
}

/** True where the buyer has all of it: the plan, or the pass with what was bought beside it. */
async function owns(world: World, checkoutIntentId: string, product: Product): Promise<boolean> {
  const table = isPlan(product) ? "publisher_plan_entitlements" : "product_entitlements";
  const rows = await world.all<{ status: string }>(
    `SELECT status FROM ${table} WHERE checkout_intent_id = ?`,
    checkoutIntentId,
  );
  const wanted = product === "pass with bump" ? 2 : 1;
  return rows.filter(({ status }) => status === "active").length === wanted;
}

/** True where the plan lasts as long as its newest subscription at Stripe was paid for. */
async function isInStep(world: World, checkoutIntentId: string): Promise<boolean> {
  const [plan] = await world.all<{ ends_at: number }>(
    "SELECT ends_at FROM publisher_plan_entitlements WHERE checkout_intent_id = ?",
    checkoutIntentId,
  );
  const paidUntil = (await world.sandbox.subscriptions()).at(-1)?.items.data[0]?.current_period_end;
  return paidUntil !== undefined && plan?.ends_at === paidUntil * 1000;
}

async function sessionOf(world: World, { sessionId }: Sale) {
  const session = (await world.sandbox.sessions()).find(({ id }) => id === sessionId);
  if (!session) throw new Error("the session is gone");
  return session;
}

const intents = ({ all }: World) => all<{ id: string; status: string }>("SELECT id, status FROM checkout_intents");

export interface Charge {
  readonly id: string;
  readonly amount: number;
  readonly amount_refunded: number;
  readonly disputed: boolean;
  readonly payment_intent: string | null;
  readonly status: string;
}

/** Every charge at Stripe, the newest first, as the account's own key reads them. */
export async function charges({ bindings }: World): Promise<Charge[]> {
  const { STRIPE_SECRET_KEY_SANDBOX: key } = bindings as unknown as { STRIPE_SECRET_KEY_SANDBOX: string };
  const answer = await bindings.STRIPE_SANDBOX.fetch("http://stripe-sandbox.test/v1/charges?limit=100", {
    headers: { Authorization: `Bearer ${key}` },
  });
  if (!answer.ok) throw new Error(`no charges: ${await answer.text()}`);
  return ((await answer.json()) as { data: Charge[] }).data;
}

/** What was taken, in cents, the oldest first. */
async function taken(world: World): Promise<number[]> {
  const all = await charges(world);
  return all
    .filter(({ status }) => status === "succeeded")
    .map(({ amount }) => amount)
    .reverse();
}
