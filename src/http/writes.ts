import { readJsonObject } from "../base/read-body.ts";
import type { Actor } from "../kernel/actor.ts";
import type { ConfirmedWrite } from "../kernel/confirmed-write.ts";
import { runWrite } from "../kernel/run-write.ts";
import { requestSchema } from "../kernel/write-request.ts";
import { publishedSchema } from "../mcp/tool-schema.ts";
import type { Site } from "../site.ts";
import { withBearer } from "./bearer.ts";
import { jsonResponse } from "./json.ts";
import { asOwner, TOKEN_HEADER } from "./owner-door.ts";

/** The HTTP twin of a write, for a bearer token. */
export function serveWrite(
  write: ConfirmedWrite,
  request: Request,
  site: Site,
  execution: ExecutionContext,
): Promise<Response> {
  return withBearer(write.name, request, site, execution, async (actor) => {
    await site.ctx.limits.actor(actor.id);
    return answerWrite(write, request, { actor }, site);
  });
}

/**
 * The HTTP twin of an owner's write, for the owner's browser. A text counts as `elicited` there: the session is signed in
 * just now with the second factor, and its form token is known to our pages alone.
 */
export function serveOwnerWrite(write: ConfirmedWrite, request: Request, site: Site): Promise<Response> {
  return asOwner(write.name, request, site, (actor) =>
    answerWrite(write, request, { actor, textCountsAs: "elicited" }, site),
  );
}

/** `GET` of a write's route: its published contract. */
export const serveContract = (write: ConfirmedWrite): Response => jsonResponse(contractOf(write));

/** `GET` of an owner's write: its published contract; for the owner's browser also the token of its next request. */
export async function serveOwnerContract(write: ConfirmedWrite, request: Request, site: Site): Promise<Response> {
  const person = await site.auth.ownerSession(request);
  return jsonResponse({
    ...contractOf(write),
    headers: { "Idempotency-Key": "required", [TOKEN_HEADER]: "required" },
    auth: "Better Auth owner session required",
    ...(person && { formToken: site.auth.forms.issue(request, person).token }),
  });
}

/** Runs a write with the body's arguments and the header's key: 201, or 200 and `Idempotent-Replayed: true` on a replay. */
async function answerWrite(
  write: ConfirmedWrite,
  request: Request,
  by: { readonly actor: Actor; readonly textCountsAs?: "elicited" },
  { ctx }: Site,
): Promise<Response> {
  const body = await readJsonObject(request);
  const key = request.headers.get("Idempotency-Key");
  // Over HTTP the key is a header. In the body it is refused under a name that says so.
  const { idempotencyKey: misplaced, ...rest } = body;
  const args = {
    ...rest,
    ...(misplaced !== undefined && { "body.idempotencyKey": misplaced }),
    ...(key !== null && { idempotencyKey: key }),
  };
  const answer = await runWrite(write, { ...by, args }, ctx);
  return jsonResponse(answer, {
    status: answer.replayed ? 200 : 201,
    headers: answer.replayed ? { "Idempotent-Replayed": "true" } : {},
  });
}

/** A write's contract without the exact text, which depends on the subject. */
function contractOf(write: ConfirmedWrite) {
  return {
    write: write.name,
    title: write.title,
    description: write.description,
    route: write.route,
    scope: write.scope,
    headers: { "Idempotency-Key": "required" },
    inputSchema: publishedSchema(requestSchema(write).omit({ idempotencyKey: true }), "input"),
    outputSchema: publishedSchema(write.output, "output"),
    publicSafeFields: Object.keys(write.output.shape),
    serverPrivateFields: write.contract.serverPrivateFields,
    rawStripeIdsIncluded: false,
  };
}
