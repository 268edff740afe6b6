import { Hono } from "hono";
import { submitBilling } from "../account/billing.tsx";
import { showAccountList } from "../account/lists.tsx";
import { decideOnApproval } from "../approvals/decision.ts";
import { showApproval } from "../approvals/page.tsx";
import { notFound } from "../base/problem.ts";
import { refusalOf } from "../base/refusal.ts";
import { ROUTES } from "../commerce/routes.ts";
import { addOwnerConsole } from "../console/index.ts";
import type { McpDoor } from "../mcp/door.ts";
import { serveCancel, serveRedirect, serveSuccess, submitSuccess } from "../storefront/checkout-pages.tsx";
import { serveHome } from "../storefront/home-page.tsx";
import { showPostPurchase, submitPostPurchase } from "../storefront/post-purchase-page.tsx";
import { showPricing, submitPricing } from "../storefront/pricing-page.tsx";
import { serveClick } from "./clicks.ts";
import { serveReplay } from "./event-replays.ts";
import { jsonResponse, problemResponse } from "./json.ts";
import { OWNER_PREFIX, serveOwnerContract, serveOwnerWrite, serveWithdrawal } from "./owner-writes.ts";
import type { HttpParts } from "./parts.ts";
import {
  RECEIPT_KEYS_PATH,
  serveReceipt,
  serveReceiptKeys,
  serveReceiptToBuyer,
  serveReceiptToOwner,
  serveReceiptToPerson,
} from "./receipts.ts";
import { serveDocument, serveHealth } from "./source-data.ts";
import { serveUpload } from "./uploads.ts";
import { serveWebhook } from "./webhook.ts";
import { contractOf, serveOperation, serveWrite } from "./write-routes.ts";

type Fetch = (request: Request, execution: ExecutionContext) => Promise<Response>;

/** Every path of the server, and which door answers it. */
export function createRouter(parts: HttpParts, mcp: McpDoor): Fetch {
  const app = new Hono({ strict: true });
  app.all("/mcp", ({ req, executionCtx }) => mcp.signedIn(req.raw, executionCtx as ExecutionContext));
  app.all("/mcp/public", ({ req }) => mcp.open(req.raw));

  for (const write of parts.writes) {
    const path = write.route.slice("POST ".length);
    if (path.startsWith(OWNER_PREFIX)) {
      app.post(path, ({ req }) => serveOwnerWrite(write, req.raw, parts));
      app.get(path, ({ req }) => serveOwnerContract(write, req.raw, parts));
      continue;
    }
    app.post(path, ({ req, executionCtx }) => serveWrite(write, req.raw, parts, executionCtx as ExecutionContext));
    app.get(path, () => jsonResponse(contractOf(write)));
  }
  app.post(`${ROUTES.revocationIntents}/:id/withdraw`, ({ req }) => serveWithdrawal(req.param("id"), req.raw, parts));
  app.post(`${ROUTES.stripeEvents}/:reference/replay`, ({ req }) =>
    serveReplay(req.param("reference"), req.raw, parts),
  );
  app.get(`${ROUTES.operations}/:id`, ({ req, executionCtx }) =>
    serveOperation(req.param("id"), req.raw, parts, executionCtx as ExecutionContext),
  );
  app.get(`${ROUTES.operations}/:id/receipt`, ({ req, executionCtx }) =>
    serveReceipt(req.param("id"), req.raw, parts, executionCtx as ExecutionContext),
  );
  for (const list of ["plans", "purchases", "receipts"] as const) {
    app.get(`/account/${list}`, ({ req }) => showAccountList(list, req.raw, parts));
  }
  app.get("/account/receipts/:id", ({ req }) => serveReceiptToPerson(req.param("id"), req.raw, parts));
  app.get("/owner/operations/:id/receipt", ({ req }) => serveReceiptToOwner(req.param("id"), req.raw, parts));
  app.get(RECEIPT_KEYS_PATH, () => serveReceiptKeys(parts));
  app.all(`${ROUTES.uploads}/:token`, ({ req }) => serveUpload(req.param("token"), req.raw, parts));
  app.post(ROUTES.clicks, ({ req }) => serveClick(req.raw, parts));
  app.all(ROUTES.stripeWebhook, ({ req }) => serveWebhook(req.raw, parts));

  app.get(ROUTES.commerceSourceData, ({ req }) => serveDocument("commerce://source-data", req.raw, parts));
  app.get(ROUTES.affiliatesSourceData, ({ req }) => serveDocument("commerce://affiliates/source-data", req.raw, parts));
  app.get(`${ROUTES.checkoutRedirect}/:link`, ({ req }) => serveRedirect(req.param("link"), parts));
  for (const success of [ROUTES.checkoutSuccess, ROUTES.pricingSuccess]) {
    app.get(`${success}/:link`, ({ req }) => serveSuccess(req.param("link"), req.raw, parts));
    app.post(`${success}/:link`, ({ req }) => submitSuccess(req.param("link"), req.raw, parts));
  }
  app.post(ROUTES.accountBilling, ({ req }) => submitBilling(req.raw, parts));
  app.get(ROUTES.pricing, ({ req }) => showPricing(req.raw, parts));
  app.post(ROUTES.pricing, ({ req }) => submitPricing(req.raw, parts));
  app.get(`${ROUTES.postPurchase}/:link`, ({ req }) => showPostPurchase(req.param("link"), req.raw, parts));
  app.post(`${ROUTES.postPurchase}/:link`, ({ req }) => submitPostPurchase(req.param("link"), req.raw, parts));
  app.get(`${ROUTES.postPurchase}/:link/receipts/:id`, ({ req }) =>
    serveReceiptToBuyer({ token: req.param("link"), id: req.param("id") }, req.raw, parts),
  );
  app.get(`${ROUTES.checkoutCancel}/:link`, ({ req }) => serveCancel(req.param("link"), parts));
  app.get("/approvals/:id", ({ req }) => showApproval(req.param("id"), req.raw, parts));
  app.post("/approvals/:id", ({ req }) => decideOnApproval(req.param("id"), req.raw, parts));
  addOwnerConsole(app, parts);
  app.get("/health", () => serveHealth(parts));
  app.get("/", () => serveHome(parts));
  for (const path of [ROUTES.commerceSourceData, ROUTES.affiliatesSourceData, ROUTES.clicks]) {
    app.options(path, () => new Response(null, { status: 204, headers: PREFLIGHT }));
  }
  refuseOtherMethods(app);

  app.all("*", async ({ req, executionCtx }) => {
    const answer = await parts.auth.handle(req.raw, executionCtx as ExecutionContext);
    return answer ?? problemResponse(notFound());
  });
  app.onError((error, { req }) =>
    problemResponse(refusalOf(error, new URL(req.url).pathname.split("/")[1] ?? "", parts.ctx.log)),
  );
  return async (request, execution) => app.fetch(request, undefined, execution);
}

/** For browsers that read the public documents or record a click: no cookie and no token is looked at there. */
const PREFLIGHT = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Allow-Methods": "GET, HEAD, POST",
  "Access-Control-Allow-Headers": "Content-Type, If-None-Match",
  "Access-Control-Max-Age": "86400",
};

/** 405 with the methods that there are, on every path that is served (RFC 9110 section 15.5.6). */
function refuseOtherMethods(app: Hono): void {
  const allowed = new Map<string, string[]>();
  for (const { path, method } of app.routes) {
    if (method !== "ALL") allowed.set(path, [...(allowed.get(path) ?? []), method]);
  }
  for (const [path, methods] of allowed) {
    const Allow = [...new Set(methods)].join(", ");
    app.all(path, () => new Response(null, { status: 405, headers: { Allow } }));
  }
}
