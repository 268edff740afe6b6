import type { Step } from "../plan.ts";
import type { Order, Run } from "../run.ts";

type AtStripe = Extract<Step, { readonly do: "pay" | "settle" | "run out" | "refund" | "dispute" | "subscription" }>;

/** What the payer, the bank and the owner do at Stripe. Of it only the link to the payment page passes the server. */
export async function atStripe(run: Run, flow: string, step: AtStripe): Promise<void> {
  const order = started(run, flow, step.order);
  if (!order) return;
  const sessionId = order.sessionId ?? (await followLink(run, flow, order));
  if (!sessionId) return run.skip(flow, "its link leads nowhere");
  // Stripe's events count in seconds.
  await run.world.advance(60);
  await happen(run, step, sessionId).catch((refused: unknown) => run.skip(flow, String(refused).slice(0, 160)));
}

async function happen({ world: { sandbox } }: Run, step: AtStripe, sessionId: string): Promise<void> {
  const session = (await sandbox.sessions()).find(({ id }) => id === sessionId);
  if (step.do === "pay") return void (await sandbox.pay(sessionId, step.outcome));
  if (step.do === "settle") return void (await sandbox.settle(sessionId, step.outcome));
  if (step.do === "run out") return void (await sandbox.expire(sessionId));
  const subscription = (await sandbox.subscriptions()).find(({ id }) => id === session?.subscription);
  const money = subscription
    ? { invoice: String(subscription.latest_invoice) }
    : { paymentIntent: String(session?.payment_intent) };
  if (step.do === "refund") {
    await sandbox.refund(step.all ? money : { ...money, amount: 100 });
  } else if (step.do === "dispute") {
    const { id } = await sandbox.dispute(money);
    if (step.end !== "open") await sandbox.moveDispute(id, step.end);
  } else {
    if (!subscription) throw new Error("there is no subscription");
    await sandbox.subscription(subscription.id, { action: step.action });
  }
}

/** The order whose caller has the link. Without a link there is nothing to pay, and the step is skipped. */
function started(run: Run, flow: string, name: string): Order | undefined {
  const order = run.orders.get(name);
  if (order?.started) return order;
  run.skip(flow, `order ${name} has no link`);
  return undefined;
}

/** The payer opens the link of the checkout, which redirects to Stripe's page. */
async function followLink(run: Run, flow: string, order: Order): Promise<string | undefined> {
  const url = order.started?.checkoutUrl ?? "";
  const location = await run.visit(`${flow}l`, async () => {
    const answer = await run.world.fetch(url);
    return answer.status >= 500 ? answer.status : (answer.headers.get("Location") ?? "");
  });
  const session = (await run.world.sandbox.sessions()).find((one) => one.url !== null && one.url === location);
  order.sessionId = session?.id;
  order.successUrl = session?.success_url ?? undefined;
  if (session) run.handedOut.push({ order: session.client_reference_id ?? "", sessionId: session.id });
  return session?.id;
}
