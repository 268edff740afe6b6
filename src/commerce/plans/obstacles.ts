import { Problem } from "../../base/problem.ts";
import type { BusinessRow } from "../../db/operations.ts";
import type { PlansUnderWay } from "../../db/plan-obstacles.ts";

/** A plan of a person's that is in the way of another one, or of a second purchase of itself. */
export interface PlanObstacle {
  /** The name of the plan that is in the way, for pages. */
  readonly name: string;
  readonly same: boolean;
  readonly state: "active" | "running" | "on_its_way" | "payable";
  /** The state and the way to change it, for an agent. Plans are named by slug: a name is text of the catalog. */
  readonly detail: string;
  readonly checkoutIntentId?: string;
}

interface NamedPlan {
  readonly slug: string;
  readonly name: string;
  /** The slug of the plan that it was changed to at the payment provider. */
  readonly chargedAs?: string | null;
}

/**
 * The obstacle to another plan: a plan that the person has, whose subscription is not over, or whose checkout can be paid.
 * Where the business sells several plans at a time, only the same plan is one.
 */
export function planObstacle(
  wanted: NamedPlan,
  underWay: PlansUnderWay,
  { severalPlans }: Pick<BusinessRow, "severalPlans">,
  publicUrl: string,
): PlanObstacle | undefined {
  const isSame = ({ slug, chargedAs }: NamedPlan) => slug === wanted.slug || chargedAs === wanted.slug;
  const same = obstacleAmong(filtered(underWay, isSame), wanted, "", publicUrl);
  if (same) return { ...same, same: true };
  if (severalPlans === 1) return undefined;
  const beside = ` A person has one plan at a time here, so ${wanted.slug} can't be started beside it.`;
  const other = obstacleAmong(underWay, wanted, beside, publicUrl);
  return other && { ...other, same: false };
}

function filtered({ held, running, payablePlans }: PlansUnderWay, test: (plan: NamedPlan) => boolean): PlansUnderWay {
  return { held: held.filter(test), running: running.filter(test), payablePlans: payablePlans.filter(test) };
}

/** `beside` is what is said after the state of a plan that is another one. */
function obstacleAmong(
  { held, running, payablePlans }: PlansUnderWay,
  wanted: NamedPlan,
  beside: string,
  publicUrl: string,
): Omit<PlanObstacle, "same"> | undefined {
  const billing = `open Manage billing at ${publicUrl}/account`;
  const [active] = held;
  if (active) {
    const { name, slug } = active;
    const way = ` To change plans, ${billing} and cancel ${slug}; once it has ended, start ${wanted.slug}.`;
    return { name, state: "active", detail: `The plan ${slug} is active already.${beside && `${beside}${way}`}` };
  }
  const paying = payablePlans.find(({ status }) => status === "completed");
  if (paying) {
    const { name, slug, id } = paying;
    const detail = `The payment of checkout ${id} of the plan ${slug} is on its way.${beside}`;
    return { name, state: "on_its_way", detail, checkoutIntentId: id };
  }
  const [subscription] = running;
  if (subscription) {
    const { name, slug, chargedAs, status } = subscription;
    const which =
      chargedAs === wanted.slug && slug !== wanted.slug
        ? `A subscription that was bought as the plan ${slug} was changed to ${wanted.slug} at the payment provider. It`
        : `A subscription to the plan ${slug}`;
    const detail = `${which} is ${status.replace("_", " ")} and not over.${beside} To resume or end it, ${billing}.`;
    return { name, state: "running", detail };
  }
  const [open] = payablePlans;
  if (!open) return undefined;
  const { name, slug, id } = open;
  const detail = `The checkout ${id} of the plan ${slug} can still be paid.${beside} Use its link, or expire it first.`;
  return { name, state: "payable", detail, checkoutIntentId: id };
}

/** Throws `ineligible_state` where a plan of the person's is in the way. */
export function assertNoObstacle(obstacle: PlanObstacle | undefined): void {
  if (!obstacle) return;
  const { detail, checkoutIntentId } = obstacle;
  const resource = checkoutIntentId ? `commerce://checkouts/${checkoutIntentId}` : "commerce://checkouts";
  throw new Problem("ineligible_state", { detail, resource });
}

/** Names the plans that a person has, to one who starts another. */
export function plansText({ held, running }: Pick<PlansUnderWay, "held" | "running">): string {
  const names = new Set([...held, ...running].map(({ name }) => name));
  if (names.size === 0) return "you do not have this plan, nor another one";
  return `you do not have this plan; you have ${[...names].join(" and ")}, and what you start now comes beside it`;
}
