import { Hono } from "hono";
import { type Account, accountChange, changedAccount, writeAccount } from "./account.ts";
import { bodyOf, type SandboxVariables } from "./control-door.ts";
import { refused } from "./errors.ts";
import { rightFor } from "./rights.ts";
import { routes } from "./routes.ts";
import type { Sandbox } from "./sandbox.ts";
import { sessions } from "./sessions.ts";
import { subscriptions } from "./subscriptions.ts";

/** `/_sandbox/account`: the settings of the Stripe account. */
export const accountControl = new Hono<SandboxVariables>();

accountControl.post("/", async (c) => {
  const change = await bodyOf(c, accountChange);
  const { sandbox } = c.var;
  const changed = changedAccount(sandbox.account, change);
  assertPossible(changed);
  if (changed.tax === null) await assertUntaxed(sandbox);
  await writeAccount(sandbox.db, changed);
  return c.json(changed);
});

function assertPossible({ automaticTaxDefault, tax, missingRights }: Account): void {
  if (automaticTaxDefault && tax === null) {
    throw refused("Automatic tax can be the default only where Stripe Tax is set up: set `tax` too.");
  }
  const rights = new Set(routes.map(rightFor));
  const unknown = missingRights.find((right) => !rights.has(right));
  if (unknown !== undefined) throw refused(`There is no right ${unknown}: they are ${[...rights].join(", ")}.`);
}

/** What Stripe does with taxed objects whose account gives up Stripe Tax is not simulated. */
async function assertUntaxed(sandbox: Sandbox): Promise<void> {
  const taxed =
    "json_extract(body, '$.automatic_tax.enabled') AND NOT COALESCE(json_extract(body, '$.managed_payments.enabled'), 0)";
  const open = await sessions.all(sandbox, { sql: `${taxed} AND json_extract(body, '$.status') = 'open'`, values: [] });
  const running = await subscriptions.all(sandbox, {
    sql: `${taxed} AND json_extract(body, '$.status') <> 'canceled'`,
    values: [],
  });
  const [first] = [...open, ...running];
  if (first === undefined) return;
  throw refused(`The Stripe sandbox does not simulate the end of Stripe Tax while ${first.body.id} is taxed.`);
}
