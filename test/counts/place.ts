import { SCOPES } from "../../src/kernel/actor.ts";
import { CHECKLIST } from "../support/asset-files.ts";
import { evidence } from "../support/evidence.ts";
import { type Goods, mailedLink, openLink, sellGoods, signedIn, uploadChecklist } from "../support/goods.ts";
import { checkoutDoors, launchPassCall, sessionBehind, started } from "../support/launch-pass.ts";
import { lowerProofs } from "../support/lowered-proofs.ts";
import { type Browser, openBrowser } from "../support/oauth.ts";
import { openPlan, planDoors, withoutPlans } from "../support/plans.ts";
import { sale } from "../support/sale.ts";
import { BUYER, ORIGIN, OWNER, type World } from "../support/world.ts";

/** One of each thing in the world in which everything is counted, and those who ask for it. */
export interface Place {
  readonly goods: Goods;
  /** A referred sale without an entry of the ledger. */
  readonly referred: string;
  readonly ledgerEntry: string;
  /** An open checkout: the paths of its links. */
  readonly open: { readonly id: string; readonly redirect: string; readonly cancel: string };
  /** The page that the buyer of `goods` came back to. */
  readonly returnPath: string;
  readonly planSuccess: string;
  /** An operation that succeeded, of the buyer. */
  readonly operation: string;
  /** A mailed link to the order of `goods`, not used yet. */
  readonly orderLink: string;
  readonly approval: string;
  readonly browsers: Readonly<Record<"guest" | "payer" | "buyer" | "owner", Browser>>;
  /** Tokens with every scope that the person can grant. */
  readonly tokens: Readonly<Record<"mcp" | "api" | "ownerMcp", string>>;
}

let asked = 0;

/** Makes the place. It uses nothing up, so a second place can be made beside it. */
export async function makePlace(world: World): Promise<Place> {
  await lowerProofs(world);
  await uploadChecklist(world);
  const goods = await sellGoods(world);
  const { commissionLedgerId } = await evidence(world);
  const referred = await sale(world, { referred: true });
  const buys = (await checkoutDoors(world)).http;
  const opened = await started(world, buys);
  const session = await sessionBehind(world, opened);
  await withoutPlans(world);
  const plan = await openPlan(world, (await planDoors(world)).http, { setup: true });
  await world.sandbox.pay(plan.sessionId, "paid");
  await world.deliver();
  await world.db.exec("UPDATE approvals SET status = 'withdrawn' WHERE status = 'pending'");
  const { confirmationText: _, ...unconfirmed } = await launchPassCall(world);
  const waits = await buys({ ...unconfirmed, idempotencyKey: `asks-a-person-${++asked}` });
  const [intent] = await world.all<{ operation: string }>(
    "SELECT operation_id AS operation FROM checkout_intents WHERE id = ?",
    goods.checkoutIntentId,
  );
  const payer = (await openLink(world, await mailedLink(world, goods))).browser;
  const path = (url: unknown) => new URL(String(url)).pathname;
  return {
    goods,
    referred: referred.checkoutIntentId,
    ledgerEntry: commissionLedgerId,
    open: {
      id: opened.checkoutIntentId,
      redirect: path(opened.checkoutUrl),
      cancel: path(session.cancel_url),
    },
    returnPath: path(goods.returnUrl),
    planSuccess: path(plan.successUrl),
    operation: intent?.operation ?? "",
    orderLink: await mailedLink(world, goods),
    approval: path(waits.body.approvalUrl),
    browsers: {
      guest: openBrowser(world.send, ORIGIN),
      payer,
      buyer: await signedIn(world, BUYER),
      owner: await signedIn(world, OWNER),
    },
    tokens: {
      mcp: await world.token(BUYER, "mcp", ["checkout:write", "affiliates:write"]),
      api: await world.token(BUYER, "api", ["checkout:write", "affiliates:write"]),
      ownerMcp: await world.token(OWNER, "mcp", [...SCOPES]),
    },
  };
}

/** What each parameter of a resource's template is filled with, so that something is found. */
export const resourceParameter = (place: Place): Readonly<Record<string, string>> => ({
  section: "sandboxCheckout",
  table: "checkout_intents",
  offerId: "sandbox-launch-pass",
  slug: "grow",
  checkoutIntentId: place.goods.checkoutIntentId,
  operationId: place.operation,
  id: place.ledgerEntry,
  productId: CHECKLIST.productId,
});
