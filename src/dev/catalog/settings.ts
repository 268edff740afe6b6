import type { Business, BusinessFiles } from "../seeds/business-shape.ts";
import type { Fault } from "../seeds/faults.ts";

/** Settings by name: the environment and `.dev.vars`. */
export type Settings = Readonly<Record<string, string | undefined>>;

/** Settings that a server of this business can't start with. */
export function settingFaults({ ownerUserId }: BusinessFiles["business"], settings: Settings): Fault[] {
  const set = settings.BUSINESS_OWNER_USER_ID;
  if (set === undefined || set === ownerUserId) return [];
  const message = `must be the owner that the server is set to: BUSINESS_OWNER_USER_ID in .dev.vars is ${set}, so take that line out or set it to ${ownerUserId}`;
  return [{ file: "business.json", path: ["ownerUserId"], message }];
}

/** What is sold for real money while a secret for it is not here. */
export function settingWarnings({ files }: Business, settings: Settings): Fault[] {
  const needed = ["STRIPE_SECRET_KEY_LIVE", "STRIPE_WEBHOOK_SECRET_LIVE"].filter((name) => !settings[name]);
  if (needed.length === 0) return [];
  const message = `is live, and ${needed.join(" and ")} ${needed.length === 1 ? "is" : "are"} not set here: a deployment without them sells nothing of it, so set them there with npx wrangler secret put NAME`;
  const stack = files.offers.stacks.findIndex(({ offers }) => offers.some(({ stripeMode }) => stripeMode === "live"));
  const plan = files.plans.plans.findIndex(({ stripeMode }) => stripeMode === "live");
  return [
    ...(stack < 0 ? [] : [{ file: "offers.json", path: ["stacks", stack, "offers", 0, "stripeMode"], message }]),
    ...(plan < 0 ? [] : [{ file: "plans.json", path: ["plans", plan, "stripeMode"], message }]),
  ];
}
