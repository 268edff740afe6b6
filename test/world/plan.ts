/** The apps of a plan. Each acts for one buyer under a token of its own. */
export const APPS = ["buyer's app", "buyer's other app", "other buyer's app"] as const;
export type App = (typeof APPS)[number];

/** What can be bought. */
export type Goods = "pass" | "pass with bump" | "plan" | "plan with setup";
export const isPlan = (goods: Goods) => goods.startsWith("plan");

/** The name of an order within its plan: its key, too. */
type Order = string;

/** What happens in a world, one step after the other; what `together` holds happens at once. */
export type Step =
  /** An app starts a checkout; with the text in the call, or by the page, where its person accepts or declines. */
  | { readonly do: "start"; readonly order: Order; readonly app: App; readonly goods: Goods; readonly by: By }
  /** The payer submits Stripe's page; a delayed payment ends later. */
  | { readonly do: "pay"; readonly order: Order; readonly outcome: "paid" | "delayed" | "failed" }
  | { readonly do: "settle"; readonly order: Order; readonly outcome: "succeeded" | "failed" }
  /** The session ends at Stripe by itself. */
  | { readonly do: "run out"; readonly order: Order }
  /** The owner gives money back in Stripe's dashboard: all, or a dollar. */
  | { readonly do: "refund"; readonly order: Order; readonly all: boolean }
  | { readonly do: "dispute"; readonly order: Order; readonly end: "open" | "won" | "lost" }
  | { readonly do: "subscription"; readonly order: Order; readonly action: (typeof SUBSCRIPTION_ACTIONS)[number] }
  /** The payer, who is signed in nowhere, comes back from Stripe and asks the page how it stands. */
  | { readonly do: "return"; readonly order: Order }
  /** Writes about an order. */
  | { readonly do: "expire" | "answer" | "evidence" | "review" | "revoke"; readonly order: Order; readonly door: Door }
  | { readonly do: "upload"; readonly file: string; readonly by: "inline" | "link" }
  /** The same call at many doors at once. */
  | { readonly do: "race"; readonly order: Order; readonly app: App; readonly racers: number }
  /** Stripe's waiting events arrive: in which order, how often each, and which never do. */
  | { readonly do: "deliver"; readonly shuffled: boolean; readonly copies: number; readonly lost: boolean }
  /** Runs of the schedule, at once where there are two. */
  | { readonly do: "schedule"; readonly runs: 1 | 2 }
  /** Both clocks go on; or the server's alone is moved, or stands. */
  | { readonly do: "wait"; readonly seconds: number }
  | { readonly do: "clock"; readonly how: "back" | "ahead" | "stands" }
  | { readonly do: "deploy" }
  | { readonly do: "together"; readonly steps: readonly Step[] };

export type Door = "http" | "mcp";
/** How a start is confirmed. */
export type By = Door | "page" | "page, declined";

export const SUBSCRIPTION_ACTIONS = ["renew", "fail_payment", "pay", "cancel_at_period_end", "cancel_now"] as const;

/** A plan: its steps, the seed of what is drawn within them, and what a caller without an answer does. */
export interface Plan {
  readonly name: string;
  /** Seed of the shuffled and lost deliveries, and of the server's ids. */
  readonly seed: number;
  readonly steps: readonly Step[];
  /** `repeats`: a caller without an answer calls again. `gives up`: it does not, and the schedule finishes its call. */
  readonly callers: "repeats" | "gives up";
}

/** Stripe's waiting events arrive, once each and in their order. */
export const ARRIVE: Step = { do: "deliver", shuffled: false, copies: 1, lost: false };

/** A step in words. */
export function stepText({ do: what, ...rest }: Step): string {
  const values = Object.entries(rest).map(([name, value]) =>
    name === "steps" ? (value as unknown as readonly Step[]).map(stepText).join(" | ") : `${name} ${value}`,
  );
  return [what, ...values].join(", ");
}
