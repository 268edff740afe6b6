import { Hono } from "hono";
import { methodNotAllowed } from "hono/method-not-allowed";
import { showAccount, submitRevocation } from "../account/account-page.tsx";
import { submitBilling } from "../account/billing.tsx";
import { showAccountList } from "../account/lists.tsx";
import { decideOnApproval } from "../approvals/decision.ts";
import { showApproval } from "../approvals/page.tsx";
import { refusalOf } from "../base/refusal.ts";
import { isThere, ROUTES } from "../commerce/routes.ts";
import { addOwnerConsole } from "../console/index.ts";
import type { ConfirmedWrite } from "../kernel/confirmed-write.ts";
import type { McpDoor } from "../mcp/door.ts";
import { bounded } from "../pages/bounded.tsx";
import type { Site } from "../site.ts";
import { serveHome } from "../storefront/home-page.tsx";
import { serveCancel, serveRedirect } from "../storefront/payment-link-pages.tsx";
import { showPostPurchase, submitPostPurchase } from "../storefront/post-purchase-page.tsx";
import { showPricing, submitPricing } from "../storefront/pricing-page.tsx";
import { serveSuccess, submitSuccess } from "../storefront/success-page.tsx";
import { serveClick } from "./clicks.ts";
import { serveDocument } from "./documents.ts";
import { answerOtherMethod, answerProblem, noRoute, unknownPaths } from "./faults.tsx";
import { serveHealth } from "./health.ts";
import { serveOperation } from "./operations.ts";
import { serveReplay, serveWithdrawal } from "./owner-commands.ts";
import { OWNER_PREFIX } from "./owner-door.ts";
import {
  RECEIPT_KEYS_PATH,
  serveReceipt,
  serveReceiptKeys,
  serveReceiptToBuyer,
  serveReceiptToOwner,
  serveReceiptToPerson,
} from "./receipts.ts";
import { SECURITY_TXT_PATH, serveSecurityTxt } from "./security-txt.ts";
import { serveUpload } from "./uploads.ts";
import { serveWebhook } from "./webhook.ts";
import { serveContract, serveOwnerContract, serveOwnerWrite, serveWrite } from "./writes.ts";

type Fetch = (request: Request, execution: ExecutionContext) => Promise<Response>;

/** Every path of the server, grouped by caller. `auth` adds the paths of sign-in and OAuth, `console` those of its pages. */
export function createRouter(site: Site, mcp: McpDoor): Fetch {
  const app = new Hono({ strict: true });
  const { publicUrl, log } = site.ctx;
  app.use(unknownPaths(site));
  app.use(async (c, next) => (isThere(c.req.path, site.ctx.parts) ? next() : c.notFound()));
  const onMethodNotAllowed = ({ req }: { req: { raw: Request } }, methods: string[]) =>
    answerOtherMethod(methods, req.raw, publicUrl);
  app.use(methodNotAllowed({ app, onMethodNotAllowed }));

  const read = bounded("publicReads", site.ctx);
  const visit = bounded("visits", site.ctx);

  // Agents, with a bearer token
  for (const path of ["/mcp", "/mcp/"]) app.all(path, (c) => mcp.signedIn(c.req.raw, executionOf(c)));
  for (const write of site.writes.filter((one) => !isOwnerRoute(one))) {
    app.post(pathOf(write), (c) => serveWrite(write, c.req.raw, site, executionOf(c))).get(() => serveContract(write));
  }
  app.get(`${ROUTES.operations}/:id`, (c) => serveOperation(c.req.param("id"), c.req.raw, site, executionOf(c)));
  app.get(`${ROUTES.operations}/:id/receipt`, (c) => serveReceipt(c.req.param("id"), c.req.raw, site, executionOf(c)));

  // Anyone, without sign-in
  for (const path of ["/mcp/public", "/mcp/public/"]) app.all(path, ({ req }) => mcp.open(req.raw));
  app.get("/", read, () => serveHome(site));
  app.get("/health", read, () => serveHealth(site));
  app.get(RECEIPT_KEYS_PATH, read, () => serveReceiptKeys(site));
  app.get(SECURITY_TXT_PATH, read, () => serveSecurityTxt(site));
  app
    .get(ROUTES.commerceSourceData, read, ({ req }) => serveDocument("commerce://source-data", req.raw, site))
    .options(preflight);
  app
    .get(ROUTES.affiliatesSourceData, read, ({ req }) =>
      serveDocument("commerce://affiliates/source-data", req.raw, site),
    )
    .options(preflight);
  app.post(ROUTES.clicks, ({ req }) => serveClick(req.raw, site)).options(preflight);

  // The holder of a link
  app.put(`${ROUTES.uploads}/:token`, ({ req }) => serveUpload(req.param("token"), req.raw, site));
  app.get(`${ROUTES.checkoutRedirect}/:link`, visit, ({ req }) => serveRedirect(req.param("link"), site));
  app.get(`${ROUTES.checkoutCancel}/:link`, visit, ({ req }) => serveCancel(req.param("link"), site));
  for (const success of [ROUTES.checkoutSuccess, ROUTES.pricingSuccess]) {
    app
      .get(`${success}/:link`, visit, ({ req }) => serveSuccess(req.param("link"), req.raw, site))
      .post(({ req }) => submitSuccess(req.param("link"), req.raw, site));
  }
  app
    .get(`${ROUTES.postPurchase}/:link`, visit, ({ req }) => showPostPurchase(req.param("link"), req.raw, site))
    .post(({ req }) => submitPostPurchase(req.param("link"), req.raw, site));
  app.get(`${ROUTES.postPurchase}/:link/receipts/:id`, ({ req }) =>
    serveReceiptToBuyer({ token: req.param("link"), id: req.param("id") }, req.raw, site),
  );

  // A person in a browser
  app
    .get(ROUTES.pricing, read, ({ req }) => showPricing(req.raw, site))
    .post(({ req }) => submitPricing(req.raw, site));
  app.get("/account", ({ req }) => showAccount(req.raw, site));
  app.post("/account/clients/revoke", ({ req }) => submitRevocation(req.raw, site));
  app.post(ROUTES.accountBilling, ({ req }) => submitBilling(req.raw, site));
  for (const list of ["plans", "purchases", "receipts"] as const) {
    app.get(`/account/${list}`, ({ req }) => showAccountList(list, req.raw, site));
  }
  app.get("/account/receipts/:id", ({ req }) => serveReceiptToPerson(req.param("id"), req.raw, site));
  app
    .get("/approvals/:id", ({ req }) => showApproval(req.param("id"), req.raw, site))
    .post(({ req }) => decideOnApproval(req.param("id"), req.raw, site));
  site.auth.addRoutes(app);

  // The owner's browser
  for (const write of site.writes.filter(isOwnerRoute)) {
    app
      .post(pathOf(write), ({ req }) => serveOwnerWrite(write, req.raw, site))
      .get(({ req }) => serveOwnerContract(write, req.raw, site));
  }
  app.post(`${ROUTES.revocationIntents}/:id/withdraw`, ({ req }) => serveWithdrawal(req.param("id"), req.raw, site));
  app.post(`${ROUTES.stripeEvents}/:reference/replay`, ({ req }) => serveReplay(req.param("reference"), req.raw, site));
  app.get("/owner/operations/:id/receipt", ({ req }) => serveReceiptToOwner(req.param("id"), req.raw, site));
  addOwnerConsole(app, site);

  // Stripe
  app.post(ROUTES.stripeWebhook, ({ req }) => serveWebhook(req.raw, site));

  app.notFound(noRoute);
  app.onError((error, { req }) =>
    answerProblem(refusalOf(error, new URL(req.url).pathname.split("/")[1] ?? "", log), req.raw, publicUrl),
  );
  return async (request, execution) => app.fetch(request, undefined, execution);
}

const pathOf = (write: ConfirmedWrite) => write.route.slice("POST ".length);
const isOwnerRoute = (write: ConfirmedWrite) => pathOf(write).startsWith(OWNER_PREFIX);

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
