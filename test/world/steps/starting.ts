import type { Reply } from "../../support/doors.ts";
import { launchPassCall, type Started } from "../../support/launch-pass.ts";
import { planCall } from "../../support/plans.ts";
import { click } from "../../support/sale.ts";
import { type App, type Door, type Goods, isPlan, type Step } from "../plan.ts";
import type { Call, Order, Run } from "../run.ts";

type Start = Extract<Step, { readonly do: "start" }>;
type Race = Extract<Step, { readonly do: "race" }>;

/** The arguments of a start, under the order's own key. A pass comes from a partner's link. */
async function startOf({ world }: Run, order: string, goods: Goods) {
  const key = `order-${order}`;
  if (isPlan(goods)) {
    const args = await planCall(world, { setup: goods === "plan with setup" });
    return { write: "start_plan_checkout", key, args: { ...args, idempotencyKey: key } };
  }
  const args = await launchPassCall(world, { bump: goods === "pass with bump" });
  const referralClickId = await click(world);
  return { write: "start_checkout", key, args: { ...args, referralClickId, idempotencyKey: key } };
}

/** An app starts a checkout. */
export async function start(run: Run, flow: string, { order, app, goods, by }: Start): Promise<void> {
  const made: Order = { app, goods, started: undefined, sessionId: undefined, successUrl: undefined };
  run.orders.set(order, made);
  const { write, key, args } = await startOf(run, order, goods);
  const door = run.cast.apps[app](write, by === "http" ? "http" : "mcp");
  const call = { flow, write, key, door, order };
  if (by === "http" || by === "mcp") return note(made, await run.call({ ...call, args }));
  const { confirmationText, ...unconfirmed } = args;
  const asked = await run.call({ ...call, args: unconfirmed });
  if (asked?.code !== "approval_required") return run.skip(flow, `asked: ${asked?.code}`);
  const path = new URL(String(asked.body.approvalUrl)).pathname;
  const decision = by === "page" ? { decision: "approve", confirmationText } : { decision: "decline" };
  await decideByPage(run, `${flow}p`, { app, path, decision });
  note(made, await run.call({ ...call, flow: `${flow}r`, args: unconfirmed }));
}

/** The person opens the page of the approval and decides; a page that failed or never came is opened again. */
async function decideByPage(
  run: Run,
  flow: string,
  { app, path, decision }: { app: App; path: string; decision: Record<string, string> },
): Promise<void> {
  const browser = run.cast.browsers[app];
  await run.visit(flow, async () => {
    const page = await browser.get(path);
    if (page.status >= 500) return page.status;
    const html = await page.clone().text();
    // Decided already, by a try whose answer was lost.
    if (!html.includes('name="decision"')) return page.status;
    return (await browser.submit(page, path, decision)).status;
  });
}

/** The same call at many doors at once, then once more. */
export async function race(run: Run, flow: string, { order, app, racers }: Race): Promise<void> {
  const made: Order = { app, goods: "pass", started: undefined, sessionId: undefined, successUrl: undefined };
  run.orders.set(order, made);
  const { write, key, args } = await startOf(run, order, "pass");
  const doors = Array.from({ length: racers }, (_, index): Door => (index % 2 ? "mcp" : "http"));
  const call = (flow: string, door: Door): Omit<Call, "tries" | "late"> => ({
    flow,
    write,
    key,
    args,
    order,
    door: run.cast.apps[app](write, door),
  });
  await Promise.all(doors.map((door, index) => run.call({ ...call(`${flow}${index}`, door), isRacer: true })));
  note(made, await run.call(call(`${flow}r`, "http")));
}

function note(order: Order, reply: Reply | undefined): void {
  if (reply?.code === undefined) order.started = reply?.body.result as Started | undefined;
}
