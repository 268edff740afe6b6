import type { Faults } from "./boundaries.ts";
import { faultName } from "./faults.ts";
import { INVARIANTS } from "./invariants/index.ts";
import { type Plan, stepText } from "./plan.ts";
import { triedText } from "./run.ts";
import type { Played } from "./simulator.ts";

/** A broken invariant, and what broke it. */
export interface Violation {
  readonly id: string;
  readonly says: string;
  readonly because: readonly string[];
}

/** The invariants that a quiet world breaks. */
export function violationsOf(played: Played, straight: Played | undefined): Violation[] {
  return INVARIANTS.flatMap(({ id, says, broken }) => {
    const because = broken(played, straight);
    return because.length > 0 ? [{ id, says, because }] : [];
  });
}

const faultsText = (faults: Faults) =>
  [...faults].map(([where, fault]) => `${where} ${faultName(fault)}`).join("; ") || "no fault";

/** A failure as one page: what broke, the seed, the plan, the faults, and what callers saw. The first line says the most. */
export function reportOf(plan: Plan, faults: Faults, played: Played, violations: readonly Violation[]): string {
  return [
    `${violations.map(({ id }) => id).join(", ")} broken: ${plan.name}, seed ${plan.seed}, ${faultsText(faults)}`,
    `callers: ${plan.callers}`,
    ...plan.steps.map((step, index) => `  ${index} ${stepText(step)}`),
    ...played.struck.map((line) => `  struck ${line}`),
    ...played.run.calls.map(
      ({ flow, write, key, tries }) => `  ${flow} ${write} ${key}: ${tries.map(triedText).join(", ")}`,
    ),
    ...played.run.skipped.map((line) => `  left out ${line}`),
    ...violations.map(
      ({ id, says, because }) => `${id}, ${says}: broken\n${because.map((one) => `  - ${one}`).join("\n")}`,
    ),
  ].join("\n");
}
