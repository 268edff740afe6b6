import { formTokenOf } from "../../support/goods.ts";
import type { Step } from "../plan.ts";
import type { Run } from "../run.ts";

/** The payer comes back from Stripe, and where the page still waits, asks it to look. They are signed in nowhere. */
export async function comeBack(run: Run, flow: string, step: Extract<Step, { readonly do: "return" }>): Promise<void> {
  const url = run.orders.get(step.order)?.successUrl;
  if (!url) return run.skip(flow, `order ${step.order} was not visited`);
  await run.visit(flow, async () => {
    const page = await run.world.fetch(url);
    const html = await page.text();
    if (!html.includes("Ask the payment provider now")) return page.status;
    const cookie = page.headers.getSetCookie().map((one) => one.split(";")[0]);
    const asked = await run.world.fetch(url, {
      method: "POST",
      headers: {
        "Content-Type": "application/x-www-form-urlencoded",
        Origin: new URL(url).origin,
        "Sec-Fetch-Site": "same-origin",
        Cookie: cookie.join("; "),
      },
      body: new URLSearchParams({ formToken: formTokenOf(html) }),
      redirect: "manual",
    });
    return asked.status;
  });
}
