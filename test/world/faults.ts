import type { FaultRequest } from "../../src/dev/stripe-sandbox/client.ts";

/** What lies at the other side of an edge of the server. */
export type Place = "D1" | "Stripe" | "R2" | "KV" | "mail" | "answer";

type ApiFault = Omit<Extract<FaultRequest, { target: "api" }>, "target" | "path">;

/** A fault that Stripe itself makes. */
interface StripeFault {
  readonly name: string;
  readonly stripe: ApiFault;
}

/**
 * What befalls a crossing. `before`: it is lost on its way there; `after`: it took effect, and its answer is lost. The
 * isolate is killed on the same two sides. `hung up`: the caller goes, and the work goes on.
 */
export type FaultKind = "before" | "after" | "killed before" | "killed after" | "hung up" | StripeFault;

export const isStripes = (fault: FaultKind): fault is StripeFault => typeof fault === "object";

/** The name of a fault, for a reader. */
export const faultName = (fault: FaultKind): string => (isStripes(fault) ? fault.name : fault);

const stripe = (name: string, fault: ApiFault): StripeFault => ({ name, stripe: fault });

/** What Stripe does instead of answering. None of it is a final refusal. */
const STRIPES: readonly StripeFault[] = [
  stripe("429", { kind: "status", status: 429, code: "rate_limit" }),
  stripe("409 lock", { kind: "status", status: 409, code: "lock_timeout" }),
  stripe("500 not stored", { kind: "fail_before" }),
  stripe("500 stored", { kind: "stored_500" }),
  stripe("500 after acting, stored", { kind: "stored_500_after" }),
  stripe("500 after acting, the true answer stored", { kind: "fail_after" }),
  stripe("answer cut", { kind: "cut_body" }),
  stripe("503 stored", { kind: "status", status: 503, stored: true }),
];

/** Faults that are also played in pairs. */
const LOST = ["before", "after"] as const satisfies readonly FaultKind[];
const GONE = ["killed before", "killed after", "hung up"] as const satisfies readonly FaultKind[];

/** The faults that can strike at a place: all of them, or those that are played in pairs. */
export const faultsAt = (place: Place, all: boolean): readonly FaultKind[] => {
  if (place === "answer") return ["after"];
  if (!all) return LOST;
  return place === "Stripe" ? [...LOST, ...GONE, ...STRIPES] : [...LOST, ...GONE];
};
