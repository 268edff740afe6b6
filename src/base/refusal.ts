import { faultOf, type Log } from "./log.ts";
import { Problem } from "./problem.ts";

/**
 * The refusal that a door answers for a thrown value. A Problem is answered as it is; any other error is a fault of ours:
 * it is logged under a reference, and the answer holds the reference alone.
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
