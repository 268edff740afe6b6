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
import type { Context } from "../kernel/context.ts";
import type { TypedText } from "../kernel/run-write.ts";
import { noLongerWaiting } from "../kernel/write-refusals.ts";

/** The one input that is asked for. */
const ASKED = "confirmation";

/** What a client said in this very request that it can show. Before protocol 2026-07-28 it is not said with a request. */
interface Showable {
  readonly form: boolean;
  readonly url: boolean;
}

function showable({ mcpReq }: ServerContext): Showable {
  const capabilities = (mcpReq.envelope as Record<string, unknown> | undefined)?.[CLIENT_CAPABILITIES_META_KEY] as
    | { elicitation?: { form?: unknown; url?: unknown } }
    | undefined;
  const elicitation = capabilities?.elicitation;
  if (!elicitation) return { form: false, url: false };
  // An empty declaration means forms (MCP elicitation, "Capabilities").
  return { form: elicitation.form !== undefined || elicitation.url === undefined, url: elicitation.url !== undefined };
}

/**
 * Asks the person through their client. Undefined, so that the answer is the link, where the client cannot ask or where
 * its answer is not proof enough. The state that comes back is sealed for this actor and names the approval, which is used once in D1.
 */
export async function askThroughClient(
  problem: Problem,
  request: ServerContext,
  actor: Actor,
  ctx: Context,
): Promise<InputRequiredResult | undefined> {
  const { asked, approvalUrl } = problem.details;
  // The person was asked and did not type the text: asking again and again would wear them down.
  if (!asked || !approvalUrl || request.mcpReq.inputResponses) return undefined;
  const can = showable(request);
  if (can.url) {
    // No state: an opened link is no answer, and the next call without a text finds the same approval by its key.
    const message = "Read what your assistant asks for, and decide on this page.";
    return inputRequired({
      inputRequests: { [ASKED]: inputRequired.elicitUrl({ message, url: approvalUrl }) },
    });
  }
  if (!can.form || !asked.elicitable) return undefined;
  const form = inputRequired.elicit({
    message: [
      `Your assistant asks you to confirm this: ${asked.title}.`,
      ...asked.consequences.map(({ label, value }) => `${label}: ${value}`),
      `To agree, type exactly:\n${asked.text}`,
    ].join("\n"),
    requestedSchema: {
      type: "object",
      properties: { confirmationText: { type: "string", title: "The exact text", maxLength: 2000 } },
      required: ["confirmationText"],
    },
  });
  const requestState = await ctx.keyring.seal(asked.approvalId, statePlace(actor));
  return inputRequired({ inputRequests: { [ASKED]: form }, requestState });
}

/**
 * Reads the client's answer. Undefined without a typed text: a decline may mean that no form was shown, and an accepted
 * link that it was opened; the call then goes on without a text. Throws for a text whose state is forged, another actor's
 * or another client's: a yes counts only for what its person was shown.
 */
export async function elicitedBy(request: ServerContext, actor: Actor, ctx: Context): Promise<TypedText | undefined> {
  const { mcpReq } = request;
  const view = inputResponse(mcpReq.inputResponses, ASKED);
  if (view.kind !== "elicit" || view.action !== "accept") return undefined;
  const text = view.content?.confirmationText;
  if (typeof text !== "string") return undefined;
  // A client that cannot show forms cannot have shown this one.
  if (!showable(request).form) throw noLongerWaiting();
  const state = mcpReq.requestState<string>();
  const id = await ctx.keyring.open(String(state), statePlace(actor)).catch(() => undefined);
  if (id === undefined) throw noLongerWaiting();
  const [approval] = (await ctx.db.read({ approval: approvalById(ctx, id) })).approval;
  if (approval?.actorId !== actor.id) throw noLongerWaiting();
  return { text, proof: "elicited", approval };
}

const statePlace = (actor: Actor) => `request state of ${actor.id} through ${actor.clientId}`;
