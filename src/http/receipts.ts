import { sessionActor, signedOut } from "../auth/session-actor.ts";
import { notFound } from "../base/problem.ts";
import { refusalOf } from "../base/refusal.ts";
import { buyerActor } from "../commerce/checkout/buyer-actor.ts";
import { ROUTES } from "../commerce/routes.ts";
import { nothingInConsole, visitOf } from "../console/visit.tsx";
import { assertionOf } from "../db/assertions.ts";
import { operationById } from "../db/operations.ts";
import { type Actor, insufficientScope, SCOPES } from "../kernel/actor.ts";
import type { Endpoint } from "../kernel/endpoint.ts";
import { holdsScopeOf } from "../kernel/operation-sight.ts";
import { readsAsOwner } from "../kernel/resource.ts";
import { assertionFields, openAssertion } from "../receipts/assertion.ts";
import { receiptOf } from "../receipts/receipt.ts";
import { keySetShape } from "../signing/keys.ts";
import type { Site } from "../site.ts";
import { findLinked } from "../storefront/buyer-link.tsx";
import { withBearer } from "./bearer.ts";
import { jsonResponse, problemResponse } from "./json.ts";

export const receiptKeysEndpoint: Endpoint = {
  id: "receipt_keys",
  method: "get",
  path: "/.well-known/commerce-receipts.json",
  title: "Keys of signed confirmations",
  description: "The public keys that signed confirmations and seals are verified with (RFC 7517).",
  group: "Reading",
  caller: "anyone",
  answers: {
    200: {
      means: "The key set",
      body: { mediaType: "application/jwk-set+json", name: "KeySet", shape: keySetShape },
    },
  },
  refusals: [],
};

const receipt = {
  method: "get",
  title: "Signed confirmation",
  description: "The signed confirmation of an operation that has succeeded, as a compact JWS (RFC 7515).",
  group: "Operations",
  answers: {
    200: {
      means: "The signed confirmation",
      body: { mediaType: "application/jose" },
      headers: { always: ["Content-Disposition"] },
    },
  },
} as const satisfies Partial<Endpoint>;
const params = { id: "operationId in the answer of a write" };

export const receiptEndpoint: Endpoint = {
  ...receipt,
  id: "receipt",
  path: `${ROUTES.operations}/:id/receipt`,
  caller: "token",
  scopes: SCOPES,
  params,
  refusals: ["not_found", "ineligible_state"],
};

export const personReceiptEndpoint: Endpoint = {
  ...receipt,
  id: "receipt_of_account",
  path: "/account/receipts/:id",
  caller: "person",
  params,
  refusals: ["not_found", "ineligible_state"],
};

export const assertionEndpoint: Endpoint = {
  id: "assertion_of_account",
  method: "get",
  path: "/account/receipts/:id/assertion",
  title: "What a passkey signed",
  description:
    "The assertion of the passkey that confirmed an operation, its public key, and what its challenge was made of, for the signed-in person alone.",
  group: "Operations",
  caller: "person",
  params,
  answers: {
    200: {
      means: "The assertion",
      body: { mediaType: "application/json", name: "Assertion", shape: assertionFields },
      headers: { always: ["Content-Disposition"] },
    },
  },
  refusals: ["not_found"],
};

export const buyerReceiptEndpoint: Endpoint = {
  ...receipt,
  id: "receipt_of_buyer",
  path: `${ROUTES.postPurchase}/:link/receipts/:id`,
  caller: "holder",
  params: { ...params, link: "The secret of the page that the buyer came back to" },
  refusals: ["unauthenticated", "not_found", "ineligible_state"],
};

/** `GET /.well-known/commerce-receipts.json`: the public keys (RFC 7517), cached for five minutes. */
export async function serveReceiptKeys({ signingKeys }: Site): Promise<Response> {
  return jsonResponse(await signingKeys.published(), {
    headers: {
      "Content-Type": "application/jwk-set+json",
      "Cache-Control": "public, max-age=300",
      "Access-Control-Allow-Origin": "*",
    },
  });
}

/**
 * `GET /api/operations/{id}/receipt`: for the operation's own actor, and for the owner's token with `owner:read`; either
 * token holds the scope of the operation's write too.
 */
export function serveReceipt(id: string, request: Request, site: Site, execution: ExecutionContext): Promise<Response> {
  return withBearer("receipt", request, site, execution, (actor) => receiptAnswer(id, actor, site));
}

/** `GET /account/receipts/{id}`: the same for the signed-in person whose operation it is. */
export async function serveReceiptToPerson(id: string, request: Request, site: Site): Promise<Response> {
  try {
    const person = await site.auth.session(request);
    if (!person) throw signedOut({ isOwner: false });
    return await receiptAnswer(id, sessionActor(person, site.ctx), site);
  } catch (thrown) {
    return problemResponse(refusalOf(thrown, "receipt", site.ctx.log));
  }
}

/** `GET /account/receipts/{id}/assertion`: for the person whose passkey it was, and for no other: the owner gets only their own. */
export async function serveAssertion(id: string, request: Request, { auth, ctx }: Site): Promise<Response> {
  try {
    const person = await auth.session(request);
    if (!person) throw signedOut({ isOwner: false });
    await ctx.limits.actor(person.userId);
    const [row] = (await ctx.db.read({ row: assertionOf(ctx, id) })).row;
    const sealed = row?.actorId === person.userId ? row.fileSealed : null;
    const file = sealed === null ? undefined : await openAssertion(ctx, id, sealed);
    if (file === undefined) throw notFound("uri");
    return new Response(file, {
      headers: {
        "Content-Type": "application/json",
        "Content-Disposition": `attachment; filename="assertion-${id}.json"`,
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
      },
    });
  } catch (thrown) {
    return problemResponse(refusalOf(thrown, "receipt", ctx.log));
  }
}

/** `GET /commerce/post-purchase/{link}/receipts/{id}`: the same for the buyer, who answered by their return link. */
export async function serveReceiptToBuyer(
  { token, id }: { token: string; id: string },
  request: Request,
  site: Site,
): Promise<Response> {
  const { ctx } = site;
  try {
    await ctx.limits.visitor(request);
    const found = await findLinked(token, "return", site);
    if (!found) throw notFound();
    return await receiptAnswer(id, buyerActor(found.intent.id, found.tokenSha256, ctx), site);
  } catch (thrown) {
    return problemResponse(refusalOf(thrown, "receipt", ctx.log));
  }
}

/** `GET /owner/operations/{id}/receipt`: for the owner's browser, refused as every page of the console is. */
export async function serveReceiptToOwner(id: string, request: Request, site: Site): Promise<Response> {
  const visit = await visitOf(request, { id }, site);
  if (visit instanceof Response) return visit;
  try {
    return await receiptAnswer(id, sessionActor(visit.person, site.ctx), site);
  } catch (thrown) {
    const problem = refusalOf(thrown, "receipt", site.ctx.log);
    return problem.code === "not_found" ? nothingInConsole(site, visit) : problemResponse(problem);
  }
}

async function receiptAnswer(id: string, actor: Actor, { ctx, signingKeys }: Site): Promise<Response> {
  await ctx.limits.actor(actor.id);
  const rows = await ctx.db.read({
    operation: operationById(ctx, id),
    assertion: assertionOf(ctx, id),
    revocationCheck: actor.revocationCheck,
  });
  actor.assertNotRevoked(rows.revocationCheck);
  const [operation] = rows.operation;
  if (!operation || !(operation.actorId === actor.id || readsAsOwner(actor))) throw notFound("uri");
  const scope = ctx.findWrite(operation.writeName)?.scope;
  // A write that this version does not have has no scope that a token could hold.
  if (!holdsScopeOf(operation, actor, ctx)) throw scope ? insufficientScope(scope) : notFound("uri");
  const assertionSha256 = rows.assertion[0]?.assertionSha256;
  return new Response(await receiptOf({ operation, assertionSha256 }, signingKeys, ctx), {
    headers: {
      // The type of a compact serialization (RFC 7515 section 9.2.1).
      "Content-Type": "application/jose",
      "Content-Disposition": `attachment; filename="confirmation-${operation.id}.jws"`,
      "Cache-Control": "no-store",
      "X-Content-Type-Options": "nosniff",
    },
  });
}
