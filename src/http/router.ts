import { Hono } from "hono";
import { methodNotAllowed } from "hono/method-not-allowed";
import { showAccount, submitRevocation } from "../account/account-page.tsx";
import { submitBilling } from "../account/billing.tsx";
import { showAccountList } from "../account/lists.tsx";
import { decideOnApproval } from "../approvals/decision.ts";
import { showApproval } from "../approvals/page.tsx";
import { notFound } from "../base/problem.ts";
import { refusalOf } from "../base/refusal.ts";
import { ROUTES } from "../commerce/routes.ts";
import { addOwnerConsole } from "../console/index.ts";
import type { McpDoor } from "../mcp/door.ts";
import { securityHeaders } from "../pages/security-headers.ts";
import type { Site } from "../site.ts";
import { serveCancel, serveRedirect, serveSuccess, submitSuccess } from "../storefront/checkout-pages.tsx";
import { serveHome } from "../storefront/home-page.tsx";
import { showPostPurchase, submitPostPurchase } from "../storefront/post-purchase-page.tsx";
import { showPricing, submitPricing } from "../storefront/pricing-page.tsx";
import { serveClick } from "./clicks.ts";
import { serveReplay } from "./event-replays.ts";
import { jsonResponse, problemResponse } from "./json.ts";
import { OWNER_PREFIX, serveOwnerContract, serveOwnerWrite, serveWithdrawal } from "./owner-writes.ts";
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
export function createRouter(site: Site, mcp: McpDoor): Fetch {
  const app = new Hono({ strict: true });
  // RFC 9110 section 15.5.6.
  app.use(methodNotAllowed({ app, onMethodNotAllowed: (_, methods) => otherMethod(methods, site.ctx.publicUrl) }));
  app.all("/mcp", ({ req, executionCtx }) => mcp.signedIn(req.raw, executionCtx as ExecutionContext));
  app.all("/mcp/public", ({ req }) => mcp.open(req.raw));

  for (const write of site.writes) {
    const path = write.route.slice("POST ".length);
    if (path.startsWith(OWNER_PREFIX)) {
      app.post(path, ({ req }) => serveOwnerWrite(write, req.raw, site));
      app.get(path, ({ req }) => serveOwnerContract(write, req.raw, site));
      continue;
    }
    app.post(path, ({ req, executionCtx }) => serveWrite(write, req.raw, site, executionCtx as ExecutionContext));
    app.get(path, () => jsonResponse(contractOf(write)));
  }
  app.post(`${ROUTES.revocationIntents}/:id/withdraw`, ({ req }) => serveWithdrawal(req.param("id"), req.raw, site));
  app.post(`${ROUTES.stripeEvents}/:reference/replay`, ({ req }) => serveReplay(req.param("reference"), req.raw, site));
  app.get(`${ROUTES.operations}/:id`, ({ req, executionCtx }) =>
    serveOperation(req.param("id"), req.raw, site, executionCtx as ExecutionContext),
  );
  app.get(`${ROUTES.operations}/:id/receipt`, ({ req, executionCtx }) =>
    serveReceipt(req.param("id"), req.raw, site, executionCtx as ExecutionContext),
  );
  app.get("/account", ({ req }) => showAccount(req.raw, site));
  app.post("/account/clients/revoke", ({ req }) => submitRevocation(req.raw, site));
  for (const list of ["plans", "purchases", "receipts"] as const) {
    app.get(`/account/${list}`, ({ req }) => showAccountList(list, req.raw, site));
  }
  app.get("/account/receipts/:id", ({ req }) => serveReceiptToPerson(req.param("id"), req.raw, site));
  app.get("/owner/operations/:id/receipt", ({ req }) => serveReceiptToOwner(req.param("id"), req.raw, site));
  app.get(RECEIPT_KEYS_PATH, () => serveReceiptKeys(site));
  app.put(`${ROUTES.uploads}/:token`, ({ req }) => serveUpload(req.param("token"), req.raw, site));
  app.post(ROUTES.clicks, ({ req }) => serveClick(req.raw, site));
  app.post(ROUTES.stripeWebhook, ({ req }) => serveWebhook(req.raw, site));

  app.get(ROUTES.commerceSourceData, ({ req }) => serveDocument("commerce://source-data", req.raw, site));
  app.get(ROUTES.affiliatesSourceData, ({ req }) => serveDocument("commerce://affiliates/source-data", req.raw, site));
  app.get(`${ROUTES.checkoutRedirect}/:link`, ({ req }) => serveRedirect(req.param("link"), site));
  for (const success of [ROUTES.checkoutSuccess, ROUTES.pricingSuccess]) {
    app.get(`${success}/:link`, ({ req }) => serveSuccess(req.param("link"), req.raw, site));
    app.post(`${success}/:link`, ({ req }) => submitSuccess(req.param("link"), req.raw, site));
  }
  app.post(ROUTES.accountBilling, ({ req }) => submitBilling(req.raw, site));
  app.get(ROUTES.pricing, ({ req }) => showPricing(req.raw, site));
  app.post(ROUTES.pricing, ({ req }) => submitPricing(req.raw, site));
  app.get(`${ROUTES.postPurchase}/:link`, ({ req }) => showPostPurchase(req.param("link"), req.raw, site));
  app.post(`${ROUTES.postPurchase}/:link`, ({ req }) => submitPostPurchase(req.param("link"), req.raw, site));
  app.get(`${ROUTES.postPurchase}/:link/receipts/:id`, ({ req }) =>
    serveReceiptToBuyer({ token: req.param("link"), id: req.param("id") }, req.raw, site),
  );
  app.get(`${ROUTES.checkoutCancel}/:link`, ({ req }) => serveCancel(req.param("link"), site));
  app.get("/approvals/:id", ({ req }) => showApproval(req.param("id"), req.raw, site));
  app.post("/approvals/:id", ({ req }) => decideOnApproval(req.param("id"), req.raw, site));
  addOwnerConsole(app, site);
  app.get("/health", () => serveHealth(site));
  app.get("/", () => serveHome(site));
  for (const path of [ROUTES.commerceSourceData, ROUTES.affiliatesSourceData, ROUTES.clicks]) {
    app.options(path, () => new Response(null, { status: 204, headers: PREFLIGHT }));
  }
  site.auth.addRoutes(app);
  app.notFound(() => problemResponse(notFound()));
  app.onError((error, { req }) =>
    problemResponse(refusalOf(error, new URL(req.url).pathname.split("/")[1] ?? "", site.ctx.log)),
  );
  return async (request, execution) => app.fetch(request, undefined, execution);
}

function otherMethod(methods: readonly string[], publicUrl: string): Response {
  return new Response(null, { status: 405, headers: { ...securityHeaders(publicUrl), Allow: methods.join(", ") } });
}

/** For browsers that read the public documents or record a click: no cookie and no token is looked at there. */
const PREFLIGHT = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Allow-Methods": "GET, HEAD, POST",
  "Access-Control-Allow-Headers": "Content-Type, If-None-Match",
  "Access-Control-Max-Age": "86400",
};
