import { Hono } from "hono";
import { readAccount } from "./account.ts";
import { answerApi } from "./api.ts";
import { readClock } from "./clock.ts";
import { control } from "./control.ts";
import type { SandboxVariables } from "./control-door.ts";
import { pushLater } from "./deliveries.ts";
import { showDeveloperPage } from "./developer-page.ts";
import { billDueSubscriptions } from "./due-subscriptions.ts";
import type { SandboxEnv } from "./env.ts";
import { showHostedPage, submitHostedPage } from "./hosted-page.ts";
import { expireOverdue } from "./outcomes.ts";
import { foreignCall } from "./own-pages.ts";
import { showPortalPage, submitPortalPage } from "./portal-page.ts";
import { showInvoicePage, showReceiptPage } from "./receipt-page.ts";

const app = new Hono<SandboxVariables & { Bindings: SandboxEnv }>();

app.use(async ({ req, env }, next) => {
  const call = {
    method: req.method,
    host: req.header("Host") ?? new URL(req.url).host,
    origin: req.header("Origin"),
    site: req.header("Sec-Fetch-Site"),
  };
  const refused = foreignCall(call, env.PUBLIC_URL);
  return refused ? new Response(refused, { status: 403 }) : next();
});

app.use(async (c, next) => {
  const [now, account] = await Promise.all([readClock(c.env), readAccount(c.env.SANDBOX_DB)]);
  const sandbox = {
    db: c.env.SANDBOX_DB,
    env: c.env,
    account,
    now,
    livemode: false,
    cause: { id: null, idempotency_key: null },
    later: (work: Promise<unknown>) => c.executionCtx.waitUntil(work),
  };
  c.set("sandbox", sandbox);
  await expireOverdue(sandbox);
  await billDueSubscriptions(sandbox);
  await next();
  pushLater(c.var.sandbox);
});

app.get("/health", (c) => c.json({ status: "ok" }));
app.get("/", (c) => showDeveloperPage(c.var.sandbox));
app.all("/v1/*", (c) => answerApi(c.req.raw, c.var.sandbox));
app.get("/c/pay/:id", (c) => showHostedPage(c.var.sandbox, c.req.param("id")));
app.post("/c/pay/:id", async (c) => submitHostedPage(c.var.sandbox, c.req.param("id"), await formOf(c.req.raw)));
app.get("/p/session/:secret", (c) => showPortalPage(c.var.sandbox, c.req.param("secret")));
app.post("/p/session/:secret", async (c) =>
  submitPortalPage(c.var.sandbox, c.req.param("secret"), await formOf(c.req.raw)),
);
app.get("/receipts/:secret", (c) => showReceiptPage(c.var.sandbox, c.req.param("secret")));
app.get("/i/:secret", (c) => showInvoicePage(c.var.sandbox, c.req.param("secret")));
app.route("/_sandbox", control);

export default app;

/** The form of a request; empty for a body that is no form. */
function formOf(request: Request): Promise<FormData> {
  return request.formData().catch(() => new FormData());
}
