import { startCheckout } from "../../tools/start-checkout.ts";
import { type Person, sharedDoors } from "./doors.ts";
import { intentRow, launchPassCall, resultOf, sessionBehind } from "./launch-pass.ts";
import { BUYER, type World } from "./world.ts";

let clicks = 0;

/** The options of a sale. */
interface SaleWish {
  readonly person?: Person;
  readonly bump?: boolean;
  /** True: a referral click is attached. */
  readonly referred?: boolean;
  /** The outcome on Stripe's page; `none` leaves the checkout open. */
  readonly outcome?: "paid" | "delayed" | "failed" | "none";
}

/** A sold checkout. */
export interface Sale {
  readonly checkoutIntentId: string;
  /** The checkout's version as a caller quotes it. */
  readonly updatedAt: string;
  /** The buyer's return link, as Stripe was given it. */
  readonly returnUrl: string;
  /** The token of that link, for the addresses of the buyer's pages. */
  readonly token: string;
}

/** Sells a launch pass through the public doors, and delivers Stripe's events. */
export async function sale(world: World, wish: SaleWish = {}): Promise<Sale> {
  const { person = BUYER, bump = false, referred = false, outcome = "paid" } = wish;
  const doors = await sharedDoors(world, startCheckout, person);
  const call = await launchPassCall(world, { bump });
  const started = resultOf(await doors.http({ ...call, ...(referred && { referralClickId: await click(world) }) }));
  const session = await sessionBehind(world, started);
  if (outcome !== "none") {
    await world.sandbox.pay(session.id, outcome);
    await world.deliver();
  }
  const returnUrl = session.success_url ?? "";
  return {
    checkoutIntentId: started.checkoutIntentId,
    updatedAt: await versionOf(world, started.checkoutIntentId),
    returnUrl,
    token: returnUrl.split("/").at(-1) ?? "",
  };
}

/** The version of a checkout as it stands. */
export async function versionOf(world: World, checkoutIntentId: string): Promise<string> {
  return new Date(Number((await intentRow(world, checkoutIntentId)).updated_at)).toISOString();
}

/** A visit through the partner's link. */
export async function click(world: World): Promise<string> {
  const answer = await world.fetch("/api/affiliates/clicks", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      code: "LAUNCHCIRCLE",
      destinationRoute: "/funnels/indie-launch-sandbox",
      idempotencyKey: `click-${++clicks}`,
    }),
  });
  const { referralClickId } = (await answer.json()) as { referralClickId: string };
  return referralClickId;
}

/** Counts that no write may change: rows that only Stripe's reports add, payable entries, and calls to Stripe. */
export async function boundaries(world: World): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const table of ["product_entitlements", "product_fulfillment_tasks", "publisher_plan_entitlements"]) {
    counts[table] = (await world.all(`SELECT * FROM ${table}`)).length;
  }
  const payable = await world.all(
    "SELECT id FROM affiliate_commission_ledger_entries WHERE payout_status <> 'not_payable'",
  );
  return { ...counts, payable: payable.length, stripeCalls: (await world.sandbox.calls()).length };
}
