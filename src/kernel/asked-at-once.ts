import { Problem } from "../base/problem.ts";
import { MINUTE_MS } from "../base/time.ts";
import { type ApprovalQuestion, askedOf, bindingOf } from "./approval.ts";
import type { Context } from "./context.ts";
import { isEnough } from "./risk.ts";
import { noLongerWaiting } from "./write-refusals.ts";

/** The question of a call with an argument that can't be stored until a person has approved. */
interface UnstorableQuestion extends Omit<ApprovalQuestion, "isMailed"> {
  /** The name of that argument. */
  readonly unstorable: string;
}

/**
 * The refusal of a call that has to carry its proof. It names the call that can wait. Nothing is stored: the reference of
 * what a door may ask at once is the binding of the call itself, and with it the exact bytes.
 */
export async function proofRequired(question: UnstorableQuestion, ctx: Context): Promise<Problem> {
  const { unstorable, resource, minimum, why, waitMinutes } = question;
  const announce = `A person can't be asked on our page about a call with ${unstorable}: repeat it without, and they approve the announcement, which then gives its link.`;
  const textWillDo = isEnough("argument", minimum);
  const show = `Show ${resource} to the person, and send its confirmationText once they have agreed. Or leave out ${unstorable}, and they are asked.`;
  const expiresAt = ctx.clock.now() + waitMinutes * MINUTE_MS;
  return new Problem("confirmation_required", {
    detail: textWillDo ? show : `${why ? `${why} ` : ""}${announce}`,
    field: textWillDo ? "confirmationText" : unstorable,
    resource,
    asked: await askedOf(question, { reference: `${CALL} ${expiresAt} ${await bindingOf(question)}`, expiresAt }),
  });
}

const CALL = "call";

/** The binding of the call that a reference names; undefined for an approval's id. Throws once its time is over. */
export function callOf(reference: string, now: number): string | undefined {
  const [kind, expiresAt, binding] = reference.split(" ");
  if (kind !== CALL) return undefined;
  if (Number(expiresAt) <= now) throw noLongerWaiting();
  return binding;
}
