import {
  CLIENT_CAPABILITIES_META_KEY,
  type InputRequiredResult,
  inputRequired,
  inputResponse,
  type ServerContext,
} from "@modelcontextprotocol/server";
import type { Problem } from "../base/problem.ts";
import { approvalById } from "../db/approvals.ts";
import type { Actor } from "../kernel/actor.ts";
import { callOf } from "../kernel/asked-at-once.ts";
import type { Context } from "../kernel/context.ts";
import type { TypedText } from "../kernel/run-write.ts";
import { noLongerWaiting } from "../kernel/write-refusals.ts";

/** The name of the one input that is requested. */
const ASKED = "confirmation";

/** The kinds of elicitation that a client declares with this request. Before protocol 2026-07-28 none is declared so. */
interface ElicitationKinds {
  readonly form: boolean;
  readonly url: boolean;
}

function elicitationKinds({ mcpReq }: ServerContext): ElicitationKinds {
  const capabilities = (mcpReq.envelope as Record<string, unknown> | undefined)?.[CLIENT_CAPABILITIES_META_KEY] as
    | { elicitation?: { form?: unknown; url?: unknown } }
    | undefined;
  const elicitation = capabilities?.elicitation;
  if (!elicitation) return { form: false, url: false };
  // An empty declaration means forms (MCP elicitation, "Capabilities").
  return { form: elicitation.form !== undefined || elicitation.url === undefined, url: elicitation.url !== undefined };
}

/** Whether a refused call of this request is asked in a form at once. After an answer, no form is shown again. */
export function asksInForm(request: ServerContext): boolean {
  const kinds = elicitationKinds(request);
  return kinds.form && !kinds.url && !request.mcpReq.inputResponses;
}

/**
 * Asks the person through their client. Undefined where the client cannot ask, or where its answer would be too weak a
 * proof: the call is then answered with the approval link. The request state that comes back is sealed for this actor and
 * names the approval, which is used once in D1, or the one call that no approval can hold, and the lines that were shown.
 */
export async function askThroughClient(
  problem: Problem,
  request: ServerContext,
  actor: Actor,
  ctx: Context,
): Promise<InputRequiredResult | undefined> {
  const { asked, approvalUrl } = problem.details;
  // This person was asked and did not type the text: repeated questions would wear them down.
  if (!asked || request.mcpReq.inputResponses) return undefined;
  const kinds = elicitationKinds(request);
  if (kinds.url && approvalUrl) {
    // No state: an opened link is no answer, and the next call without a text finds the same approval by its key.
    const message = "Read what your assistant asks for, and decide on this page.";
    return inputRequired({
      inputRequests: { [ASKED]: inputRequired.elicitUrl({ message, url: approvalUrl }) },
    });
  }
  if (!kinds.form || !asked.elicitable) return undefined;
  const form = inputRequired.elicit({
    message: [
      `Your assistant asks you to confirm this: ${asked.title}.`,
      ...asked.lines.map(({ label, value }) => `${label}: ${value}`),
      `To agree, type exactly:\n${asked.text}`,
    ].join("\n"),
    requestedSchema: {
      type: "object",
      properties: { confirmationText: { type: "string", title: "The exact text", maxLength: 2000 } },
      required: ["confirmationText"],
    },
  });
  const requestState = await ctx.keyring.seal(JSON.stringify([asked.reference, asked.shown]), statePlace(actor));
  return inputRequired({ inputRequests: { [ASKED]: form }, requestState });
}

/**
 * Reads the client's answer. Undefined without a typed text: a decline may mean that no form was shown, and an accepted
 * link only that it was opened; the call then runs without a text. Throws for a text whose state is forged, another
 * actor's or another client's: a text counts only for the approval that its person was shown.
 */
export async function elicitedBy(request: ServerContext, actor: Actor, ctx: Context): Promise<TypedText | undefined> {
  const { mcpReq } = request;
  const view = inputResponse(mcpReq.inputResponses, ASKED);
  if (view.kind !== "elicit" || view.action !== "accept") return undefined;
  const text = view.content?.confirmationText;
  if (typeof text !== "string") return undefined;
  // A client that cannot show forms cannot have shown this one.
  if (!elicitationKinds(request).form) throw noLongerWaiting();
  const state = mcpReq.requestState<string>();
  const opened = await ctx.keyring.open(String(state), statePlace(actor)).catch(() => undefined);
  if (opened === undefined) throw noLongerWaiting();
  const [reference, shown] = JSON.parse(opened) as [string, string];
  const answered = callOf(reference, ctx.clock.now());
  if (answered !== undefined) return { text, proof: "elicited", answered, shown };
  const [approval] = (await ctx.db.read({ approval: approvalById(ctx, reference) })).approval;
  if (approval?.actorId !== actor.id) throw noLongerWaiting();
  return { text, proof: "elicited", approval, shown };
}

const statePlace = (actor: Actor) => `approval and lines for ${actor.id} through ${actor.clientId}`;
