import {
  CLIENT_CAPABILITIES_META_KEY,
  type InputRequiredResult,
  inputRequired,
  inputResponse,
  type ServerContext,
} from "@modelcontextprotocol/server";
import type { Context } from "../context.ts";
import { type ApprovalRow, approvalById } from "../db/approvals.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Problem } from "../kernel/problem.ts";

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
 * Asks the person through their client, where it can and where that is proof enough; else undefined, and the answer is
 * the link. The state that comes back is sealed for this actor and names the approval, which is used once in D1.
 */
export async function askThroughClient(
  problem: Problem,
  request: ServerContext,
  actor: Actor,
  ctx: Context,
): Promise<InputRequiredResult | undefined> {
  const { asked, approvalUrl } = problem.details;
  // Asked once already and not answered with the text: asking again and again would wear a person down.
  if (!asked || !approvalUrl || request.mcpReq.inputResponses) return undefined;
  const can = showable(request);
  const requestState = await ctx.keyring.seal(asked.approvalId, statePlace(actor));
  if (can.url) {
    const message = "Read what your assistant asks for, and decide on this page.";
    return inputRequired({
      inputRequests: { [ASKED]: inputRequired.elicitUrl({ message, url: approvalUrl }) },
      requestState,
    });
  }
  if (!can.form || !asked.elicitable) return undefined;
  const form = inputRequired.elicit({
    message: `Your assistant asks you to confirm this. To agree, type exactly:\n${asked.text}`,
    requestedSchema: {
      type: "object",
      properties: { confirmationText: { type: "string", title: "The exact text", maxLength: 2000 } },
      required: ["confirmationText"],
    },
  });
  return inputRequired({ inputRequests: { [ASKED]: form }, requestState });
}

/** What a person typed in their client, for the approval that they were shown. */
export interface Elicited {
  readonly approval: ApprovalRow;
  readonly confirmationText: string;
}

/**
 * Reads what came back. Undefined when nothing did, when the person declined (which may only mean that nothing was
 * shown), and when the state is not ours or another actor's: then the call goes on as one without a text.
 */
export async function elicitedBy({ mcpReq }: ServerContext, actor: Actor, ctx: Context): Promise<Elicited | undefined> {
  const view = inputResponse(mcpReq.inputResponses, ASKED);
  const state = mcpReq.requestState<string>();
  if (view.kind !== "elicit" || view.action !== "accept" || typeof state !== "string") return undefined;
  const confirmationText = view.content?.confirmationText;
  if (typeof confirmationText !== "string") return undefined;
  const id = await ctx.keyring.open(state, statePlace(actor)).catch(() => undefined);
  if (id === undefined) return undefined;
  const [approval] = (await ctx.db.read({ approval: approvalById(ctx, id) })).approval;
  return approval?.actorId === actor.id ? { approval, confirmationText } : undefined;
}

const statePlace = (actor: Actor) => `request state of ${actor.id} through ${actor.clientId}`;
