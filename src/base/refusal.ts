import { faultOf, type Log } from "./log.ts";
import { Problem } from "./problem.ts";

/**
 * What a door answers for anything that was thrown. A Problem is itself; anything else is a fault of ours, which is
 * logged under a reference, and the answer says the reference and nothing else.
 */
export function refusalOf(thrown: unknown, name: string, log: Log): Problem {
  if (thrown instanceof Problem) {
    log({ event: "write", name, code: thrown.code });
    return thrown;
  }
  const reference = `ref-${crypto.randomUUID()}`;
  log({ event: "internal", name, code: "internal", reference, fault: faultOf(thrown) });
  return new Problem("internal", { detail: `Tell the business this reference: ${reference}.`, reference });
}
