import type { Business } from "../business-shape.ts";
import type { Fault } from "../faults.ts";
import { accessFaults } from "./access.ts";
import { affiliateFaults } from "./affiliates.ts";
import { catalogFaults } from "./catalog.ts";
import { planFaults } from "./plans.ts";
import { proseFaults } from "./prose.ts";
import { stripeFaults } from "./stripe.ts";
import { taxFaults } from "./tax.ts";

/**
 * Checks references between files and rules between rows. The fields of each file are checked before; of the files in `lost`
 * nothing could be read.
 */
export function referenceFaults(business: Business, lost: ReadonlySet<string>): Fault[] {
  return [
    ...catalogFaults(business),
    ...planFaults(business),
    ...stripeFaults(business),
    ...(lost.has("business.json") ? [] : taxFaults(business)),
    ...accessFaults(business),
    ...affiliateFaults(business),
    ...proseFaults(business, lost),
  ];
}
