import { startPlanCheckout } from "../../tools/start-plan-checkout.ts";
import { bearerDoors, type Door, type Doors, type Person } from "./doors.ts";
import { resultOf, type Started, sessionBehind } from "./launch-pass.ts";
import { BUYER, type World } from "./world.ts";

interface PlanDocument {
  readonly confirmationText: string;
  readonly updatedAt: string;
  readonly setup?: { readonly confirmationText: string };
}

/** The doors of `start_plan_checkout` for a person. */
export const planDoors = (world: World, person: Person = BUYER): Promise<Doors> =>
  bearerDoors(world, startPlanCheckout, person);

let keys = 0;

/** A call that starts a plan, under a key of its own. */
export async function planCall(world: World, { slug = "grow", setup = false } = {}) {
  const plan = (await world.read(`commerce://plans/${slug}`)) as unknown as PlanDocument;
  return {
    planSlug: slug,
    ...(setup && { includeSetup: true }),
    confirmationText: (setup ? plan.setup?.confirmationText : plan.confirmationText) ?? "",
    expectedUpdatedAt: plan.updatedAt,
    idempotencyKey: `plan-${++keys}`,
  };
}

/** Ends every plan and every open plan checkout in our database, where a person has one at a time. Stripe's objects stay. */
export async function withoutPlans({ db }: World): Promise<void> {
  await db.exec(
    "UPDATE checkout_intents SET status = 'expired' WHERE plan_slug IS NOT NULL AND status IN ('created', 'open', 'blocked', 'completed')",
  );
  await db.exec("UPDATE publisher_plan_entitlements SET status = 'inactive'");
  await db.exec("UPDATE billing_subscriptions SET status = 'canceled'");
  await db.exec("UPDATE businesses SET several_plans = 0");
}

/** From now on a person can have several plans at a time. */
export async function sellSeveralPlans({ db }: World): Promise<void> {
  await db.exec("UPDATE businesses SET several_plans = 1");
}

/** A plan whose hosted page is open. */
export interface OpenPlan extends Started {
  readonly sessionId: string;
  /** The address that Stripe sends the buyer back to. */
  readonly successUrl: string;
}

/** Starts the checkout of a plan. Throws when it is refused. */
export async function openPlan(
  world: World,
  door: Door,
  wish: { slug?: string; setup?: boolean } = {},
): Promise<OpenPlan> {
  const started = resultOf(await door(await planCall(world, wish)));
  const session = await sessionBehind(world, started);
  return { ...started, sessionId: session.id, successUrl: session.success_url ?? "" };
}

/** The subscription that a paid plan's session started. */
export async function subscriptionOf(world: World, { sessionId }: OpenPlan): Promise<string> {
  const session = (await world.sandbox.sessions()).find(({ id }) => id === sessionId);
  if (typeof session?.subscription !== "string") throw new Error("the session started no subscription");
  return session.subscription;
}

/** The plan that a checkout gave; undefined until it gives one. */
export async function planOf(world: World, { checkoutIntentId }: Pick<Started, "checkoutIntentId">) {
  const [row] = await world.all<{ status: string; plan_slug: string; stripe_mode: string; ends_at: number | null }>(
    "SELECT * FROM publisher_plan_entitlements WHERE checkout_intent_id = ?",
    checkoutIntentId,
  );
  return row;
}
