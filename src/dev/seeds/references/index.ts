import type { Business } from "../business-shape.ts";
import type { Fault } from "../faults.ts";
import { accessFaults } from "./access.ts";
import { affiliateFaults } from "./affiliates.ts";
import { catalogFaults } from "./catalog.ts";
import { planFaults } from "./plans.ts";
import { proseFaults } from "./prose.ts";

/** What each file says about ids of another, and what must hold between rows. Every file's own fields are checked before. */
export function referenceFaults(business: Business): Fault[] {
  return [
    ...catalogFaults(business),
    ...planFaults(business),
    ...accessFaults(business),
    ...affiliateFaults(business),
    ...proseFaults(business),
  ];
}
