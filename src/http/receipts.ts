import { sessionActor, signedOut } from "../auth/session-actor.ts";
import { operationById } from "../db/operations.ts";
import { type Actor, assertScope } from "../kernel/actor.ts";
import { notFound } from "../kernel/problem.ts";
import { refusalOf } from "../kernel/refusal.ts";
import { readsAsOwner } from "../kernel/resource.ts";
import { receiptOf } from "../receipts/receipt.ts";
import { jsonResponse, problemResponse } from "./json.ts";
import type { HttpParts } from "./parts.ts";
import { withBearer } from "./write-routes.ts";

/** Where the keys of receipts are published. */
export const RECEIPT_KEYS_PATH = "/.well-known/commerce-receipts.json";

/** `GET /.well-known/commerce-receipts.json`: the key set (RFC 7517), for everybody and to keep. */
export async function serveReceiptKeys({ signingKeys }: HttpParts): Promise<Response> {
  return jsonResponse(await signingKeys.published(), {
    headers: {
      "Content-Type": "application/jwk-set+json",
      "Cache-Control": "public, max-age=300",
      "Access-Control-Allow-Origin": "*",
    },
  });
}

/** `GET /api/operations/{id}/receipt`: to the operation's own actor, and to the owner's token with `owner:read`. */
export function serveReceipt(
  id: string,
  request: Request,
  parts: HttpParts,
  execution: ExecutionContext,
): Promise<Response> {
  return withBearer("receipt", request, parts, execution, (actor) => receiptAnswer(id, actor, parts));
}

/** `GET /account/receipts/{id}` and `GET /owner/operations/{id}/receipt`: the same for a signed-in browser. */
export async function serveReceiptToSession(
  id: string,
  request: Request,
  parts: HttpParts,
  door: "account" | "owner",
): Promise<Response> {
  try {
    const person = await parts.auth.session(request);
    if (!person) throw signedOut();
    const actor = sessionActor(person, parts.ctx);
    if (door === "owner") assertScope(actor, "owner:read");
    return await receiptAnswer(id, actor, parts);
  } catch (thrown) {
    return problemResponse(refusalOf(thrown, "receipt", parts.ctx.log));
  }
}

async function receiptAnswer(id: string, actor: Actor, { ctx, limits, signingKeys }: HttpParts): Promise<Response> {
  await limits.actor(actor.id);
  const rows = await ctx.db.read({ operation: operationById(ctx, id), standing: actor.standing });
  actor.assertStanding(rows.standing);
  const [operation] = rows.operation;
  if (!operation || !(operation.actorId === actor.id || readsAsOwner(actor))) throw notFound();
  return new Response(await receiptOf(operation, signingKeys, ctx), {
    headers: {
      // The type of a compact serialization (RFC 7515 section 9.2.1).
      "Content-Type": "application/jose",
      "Content-Disposition": `attachment; filename="receipt-${operation.id}.jws"`,
      "Cache-Control": "no-store",
      "X-Content-Type-Options": "nosniff",
    },
  });
}
