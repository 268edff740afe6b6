import { type Handler, Hono } from "hono";
import { methodNotAllowed } from "hono/method-not-allowed";
import { showAccount, submitRevocation } from "../account/account-page.tsx";
import { submitApprovalMail, submitForget } from "../account/approval-forms.ts";
import { FORGET_PATH, MAIL_PATH, showApprovals } from "../account/approvals.tsx";
import { submitBilling } from "../account/billing.tsx";
import { showConfirmation } from "../account/confirmation-page.tsx";
import { accountDataEndpoint, serveAccountData } from "../account/data.ts";
import { DELETE_PATH, showDeletion, submitDeletion } from "../account/delete-page.tsx";
import { LIMITS_PATH, showLimits, submitLimits } from "../account/limits-page.tsx";
import { ACCOUNT_LISTS, showAccountList } from "../account/lists.tsx";
import { showOrder } from "../account/order-page.tsx";
import { goOnToPayment, submitCancel } from "../account/order-ways.tsx";
import { submitStripeReceipt } from "../account/stripe-receipt.tsx";
import { decideOnApproval } from "../approvals/decision.ts";
import { showApproval } from "../approvals/page.tsx";
import { refusalOf } from "../base/refusal.ts";
import { BLOCKED_ORDERS, isThere, ROUTES } from "../commerce/routes.ts";
import { addOwnerConsole } from "../console/index.ts";
import type { Endpoint } from "../kernel/endpoint.ts";
import type { McpDoor } from "../mcp/door.ts";
import { bounded } from "../pages/bounded.tsx";
import { seeOther } from "../pages/see-other.ts";
import type { Site } from "../site.ts";
import { serveHome } from "../storefront/home-page.tsx";
import { showOffers, submitOffers } from "../storefront/offers-page.tsx";
import { showOpenedOrder } from "../storefront/opened-order-page.tsx";
import { showOrderLink, submitOrderLink } from "../storefront/order-link-page.tsx";
import { submitOrderLinkRequest } from "../storefront/order-link-request.tsx";
import { serveCancel, serveContinue, serveRedirect } from "../storefront/payment-link-pages.tsx";
import { showPostPurchase, submitPostPurchase } from "../storefront/post-purchase-page.tsx";
import { showPricing, submitPricing } from "../storefront/pricing-page.tsx";
import { serveSuccess, submitSuccess } from "../storefront/success-page.tsx";
import { clickEndpoint, serveClick } from "./clicks.ts";
import { affiliatesDocumentEndpoint, commerceDocumentEndpoint, serveDocument } from "./documents.ts";
import { answerOtherMethod, answerProblem, noRoute, unknownPaths } from "./faults.tsx";
import { serveFileToAccount, serveFileToPayer } from "./files.tsx";
import { healthEndpoint, serveHealth } from "./health.ts";
import { openApiEndpoint, openApiServer } from "./openapi.ts";
import { openApiDocument } from "./openapi-document.ts";
import { operationEndpoint, serveOperation } from "./operations.ts";
import { replayEndpoint, serveReplay, serveWithdrawal, withdrawalEndpoint } from "./owner-commands.ts";
import {
  assertionEndpoint,
  buyerReceiptEndpoint,
  personReceiptEndpoint,
  receiptEndpoint,
  receiptKeysEndpoint,
  serveAssertion,
  serveReceipt,
  serveReceiptKeys,
  serveReceiptToBuyer,
  serveReceiptToOwner,
  serveReceiptToPerson,
} from "./receipts.ts";
import { securityTxtEndpoint, serveSecurityTxt } from "./security-txt.ts";
import { serveUpload, uploadEndpoint } from "./uploads.ts";
import { serveWebhook, webhookEndpoint } from "./webhook.ts";
import { contractEndpoint, writeEndpoint } from "./write-endpoints.ts";
import { isOwnerRoute } from "./write-paths.ts";
import { serveContract, serveOwnerContract, serveOwnerWrite, serveWrite } from "./writes.ts";

/** The paths of the server. */
interface Router {
  fetch(request: Request, execution: ExecutionContext): Promise<Response>;
  /** Each route by method and path, for checks. */
  readonly routes: readonly { readonly method: string; readonly path: string }[];
  /** The OpenAPI document of the routes for programs. */
  openApi(): ReturnType<typeof openApiDocument>;
}

/** Every path of the server, grouped by caller. `auth` adds the paths of sign-in and OAuth, `console` those of its pages. */
export function createRouter(site: Site, mcp: McpDoor, version: string): Router {
  const app = new Hono({ strict: true });
  const { publicUrl, log } = site.ctx;
  app.use(unknownPaths(site));
  app.use(async (c, next) => (isThere(c.req.path, site.ctx.parts) ? next() : c.notFound()));
  const onMethodNotAllowed = ({ req }: { req: { raw: Request } }, methods: string[]) =>
    answerOtherMethod(methods, req.raw, publicUrl);
  app.use(methodNotAllowed({ app, onMethodNotAllowed }));

  const endpoints: Endpoint[] = [];
  /** Adds a route for programs, which is then in the OpenAPI document. */
  const serve = (endpoint: Endpoint, ...handlers: [Handler, ...Handler[]]) => {
    endpoints.push(endpoint);
    return app.on(endpoint.method, endpoint.path, ...handlers);
  };
  const isServed = ({ path }: { path: string }) => isThere(path, site.ctx.parts);
  const openApi = () =>
    openApiDocument(endpoints.filter(isServed), { publicUrl, version, scopes: site.auth.offeredScopes });

  const read = bounded("publicReads", site.ctx);
  const visit = bounded("visits", site.ctx);

  // Agents, with a bearer token
  for (const path of ["/mcp", "/mcp/"]) app.all(path, (c) => mcp.signedIn(c.req.raw, executionOf(c)));
  for (const write of site.writes.filter((one) => !isOwnerRoute(one))) {
    serve(writeEndpoint(write), (c) => serveWrite(write, c.req.raw, site, executionOf(c)));
    serve(contractEndpoint(write), read, () => serveContract(write));
  }
  serve(operationEndpoint, (c) => serveOperation(param(c, "id"), c.req.raw, site, executionOf(c)));
  serve(receiptEndpoint, (c) => serveReceipt(param(c, "id"), c.req.raw, site, executionOf(c)));

  // Anyone, without sign-in
  for (const path of ["/mcp/public", "/mcp/public/"]) app.all(path, ({ req }) => mcp.open(req.raw));
  app.get("/", read, () => serveHome(site));
  serve(healthEndpoint, read, () => serveHealth(site));
  serve(receiptKeysEndpoint, read, () => serveReceiptKeys(site));
  serve(securityTxtEndpoint, read, () => serveSecurityTxt(site));
  const serveOpenApi = openApiServer(openApi);
  serve(openApiEndpoint, read, ({ req }) => serveOpenApi(req.raw)).options(preflight);
  serve(commerceDocumentEndpoint(site.ctx.parts), read, ({ req }) =>
    serveDocument("commerce://source-data", req.raw, site),
  ).options(preflight);
  serve(affiliatesDocumentEndpoint, read, ({ req }) =>
    serveDocument("commerce://affiliates/source-data", req.raw, site),
  ).options(preflight);
  serve(clickEndpoint, ({ req }) => serveClick(req.raw, site)).options(preflight);

  // The holder of a link
  serve(uploadEndpoint, (c) => serveUpload(param(c, "token"), c.req.raw, site));
  app.get(`${ROUTES.checkoutRedirect}/:link`, visit, ({ req }) => serveRedirect(req.param("link"), req.raw, site));
  app.get(`${ROUTES.checkoutCancel}/:link`, visit, ({ req }) => serveCancel(req.param("link"), req.raw, site));
  app.get(`${ROUTES.checkoutCancel}/:link/pay`, visit, ({ req }) => serveContinue(req.param("link"), req.raw, site));
  for (const success of [ROUTES.checkoutSuccess, ROUTES.pricingSuccess]) {
    app
      .get(`${success}/:link`, visit, ({ req }) => serveSuccess(req.param("link"), req.raw, site))
      .post(({ req }) => submitSuccess(req.param("link"), req.raw, site));
  }
  app
    .get(`${ROUTES.postPurchase}/:link`, visit, ({ req }) => showPostPurchase(req.param("link"), req.raw, site))
    .post(({ req }) => submitPostPurchase(req.param("link"), req.raw, site));
  app
    .get(ROUTES.order, visit, ({ req }) => showOpenedOrder(req.raw, site))
    .post(({ req }) => submitOrderLinkRequest(req.raw, site));
  app.get(`${ROUTES.orderFiles}/:entitlementId/:assetId`, visit, ({ req }) =>
    serveFileToPayer(req.param(), req.raw, site),
  );
  app
    .get(`${ROUTES.order}/:token`, visit, ({ req }) => showOrderLink(req.param("token"), req.raw, site))
    .post(visit, (c) => submitOrderLink(param(c, "token"), c.req.raw, site));
  serve(buyerReceiptEndpoint, (c) =>
    serveReceiptToBuyer({ token: param(c, "link"), id: param(c, "id") }, c.req.raw, site),
  );

  // A person in a browser
  app.get(ROUTES.offers, read, ({ req }) => showOffers(req.raw, site)).post(({ req }) => submitOffers(req.raw, site));
  app
    .get(ROUTES.pricing, read, ({ req }) => showPricing(req.raw, site))
    .post(({ req }) => submitPricing(req.raw, site));
  app.get("/account", ({ req }) => showAccount(req.raw, site));
  app.post("/account/clients/revoke", ({ req }) => submitRevocation(req.raw, site));
  app.get(ROUTES.accountApprovals, ({ req }) => showApprovals(req.raw, site));
  app.post(FORGET_PATH, ({ req }) => submitForget(req.raw, site));
  app.post(MAIL_PATH, ({ req }) => submitApprovalMail(req.raw, site));
  app.get(LIMITS_PATH, ({ req }) => showLimits(req.raw, site)).post(({ req }) => submitLimits(req.raw, site));
  app.post(ROUTES.accountBilling, ({ req }) => submitBilling(req.raw, site));
  for (const list of ACCOUNT_LISTS) app.get(`/account/${list}`, ({ req }) => showAccountList(list, req.raw, site));
  // Addresses of an earlier release, in bookmarks.
  app.get("/account/purchases", () => seeOther(publicUrl, publicUrl + ROUTES.accountOrders));
  app.get("/owner/blocked-checkouts", () => seeOther(publicUrl, publicUrl + BLOCKED_ORDERS));
  app.get("/account/receipts", () => seeOther(publicUrl, publicUrl + ROUTES.accountConfirmations));
  app.get(`${ROUTES.accountOrders}/:id`, ({ req }) => showOrder(req.param("id"), req.raw, site));
  app.get(`${ROUTES.accountOrders}/:id/pay`, ({ req }) => goOnToPayment(req.param("id"), req.raw, site));
  app.post(`${ROUTES.accountOrders}/:id/cancel`, ({ req }) => submitCancel(req.param("id"), req.raw, site));
  app.post(`${ROUTES.accountOrders}/:id/stripe-receipt`, ({ req }) =>
    submitStripeReceipt(req.param("id"), req.raw, site),
  );
  serve(accountDataEndpoint, ({ req }) => serveAccountData(req.raw, site));
  app.get(DELETE_PATH, ({ req }) => showDeletion(req.raw, site)).post(({ req }) => submitDeletion(req.raw, site));
  app.get(`${ROUTES.accountConfirmations}/:id`, ({ req }) => showConfirmation(req.param("id"), req.raw, site));
  app.get(`${ROUTES.accountFiles}/:entitlementId/:assetId`, ({ req }) =>
    serveFileToAccount(req.param(), req.raw, site),
  );
  serve(personReceiptEndpoint, (c) => serveReceiptToPerson(param(c, "id"), c.req.raw, site));
  serve(assertionEndpoint, (c) => serveAssertion(param(c, "id"), c.req.raw, site));
  app
    .get("/approvals/:id", ({ req }) => showApproval(req.param("id"), req.raw, site))
    .post(({ req }) => decideOnApproval(req.param("id"), req.raw, site));
  site.auth.addRoutes(app);

  // The owner's browser
  for (const write of site.writes.filter(isOwnerRoute)) {
    serve(writeEndpoint(write), ({ req }) => serveOwnerWrite(write, req.raw, site));
    serve(contractEndpoint(write), read, ({ req }) => serveOwnerContract(write, req.raw, site));
  }
  serve(withdrawalEndpoint, (c) => serveWithdrawal(param(c, "id"), c.req.raw, site));
  serve(replayEndpoint, (c) => serveReplay(param(c, "reference"), c.req.raw, site));
  app.get("/owner/operations/:id/receipt", ({ req }) => serveReceiptToOwner(req.param("id"), req.raw, site));
  addOwnerConsole(app, site);

  // Stripe
  serve(webhookEndpoint, ({ req }) => serveWebhook(req.raw, site));

  app.notFound(noRoute);
  app.onError((error, { req }) =>
    answerProblem(refusalOf(error, new URL(req.url).pathname.split("/")[1] ?? "", log), req.raw, publicUrl),
  );
  return {
    fetch: async (request, execution) => app.fetch(request, undefined, execution),
    routes: app.routes.filter(isServed),
    openApi,
  };
}

/** A parameter of the path, which the route has. */
const param = ({ req }: { req: { param(name: string): string | undefined } }, name: string) => req.param(name) ?? "";

/** The cast holds: the runtime passes a whole `ExecutionContext`, and Hono's type for it lacks members. */
const executionOf = (c: { executionCtx: unknown }) => c.executionCtx as ExecutionContext;

/** For scripts of other sites, which may read the public documents and record a click. These routes read no cookie or token. */
const preflight = () => new Response(null, { status: 204, headers: PREFLIGHT });

const PREFLIGHT = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Allow-Methods": "GET, HEAD, POST",
  "Access-Control-Allow-Headers": "Content-Type, If-None-Match",
  "Access-Control-Max-Age": "86400",
};
