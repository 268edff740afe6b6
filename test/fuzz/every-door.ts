import { resources } from "../../resources/index.ts";
import { newToken, type TokenPurpose } from "../../src/auth/one-time-tokens.ts";
import { ROUTES } from "../../src/commerce/routes.ts";
import { consolePages } from "../../src/console/index.ts";
import { verification } from "../../src/db/schema/people.ts";
import { runStatements } from "../../src/dev/seeds/load.ts";
import { insertMissing } from "../../src/dev/seeds/statement.ts";
import type { SubscriptionRequest } from "../../src/dev/stripe-sandbox/client.ts";
import { play } from "../clients/client-kinds.ts";
import { announced, CHECKLIST, freshPdf } from "../support/asset-files.ts";
import { httpDoor, mcpDoor } from "../support/doors.ts";
import { evidence } from "../support/evidence.ts";
import { mailedLink, uploadChecklist } from "../support/goods.ts";
import { checkoutDoors, launchPassCall, sessionBehind, started } from "../support/launch-pass.ts";
import { connect, connectV1 } from "../support/mcp.ts";
import {
  authorizeUrl,
  type Browser,
  codeIn,
  discover,
  obtainToken,
  openBrowser,
  redeemCode,
  refresh,
  registerClient,
  revoke,
  signIn,
} from "../support/oauth.ts";
import { ownerBrowser } from "../support/owner-doors.ts";
import { openPlan, planDoors, subscriptionOf, withoutPlans } from "../support/plans.ts";
import { type Sale, sale } from "../support/sale.ts";
import { confirmedUpload } from "../support/upload-story.ts";
import { BUYER, ORIGIN, OWNER, type World } from "../support/world.ts";
import { READY_WRITES } from "./ready-writes.ts";
import { recorder, type WireCall } from "./wire.ts";

const EVERYTHING = ["checkout:write", "affiliates:write", "owner:read", "owner:write"];
let rounds = 0;

/**
 * Goes through every door of the server as its own users do, and keeps each request. Most are repeats that replay
 * afterwards; what can be used once was written and not sent, and is still good.
 */
export async function everyDoor(world: World): Promise<readonly WireCall[]> {
  const kept = recorder(world);
  const key = (name: string) => `round-${rounds}-${name}`;
  rounds += 1;
  await theWrites(kept, world, key);
  await theReads(kept);
  await theConfirmations(kept, world, key);
  await theBuyersPages(kept, world, key);
  await theOwnersPages(kept, world);
  await theSignIn(kept, world);
  await theOAuth(kept);
  await theUploads(kept, world, key);
  await theWebhook(kept, world);
  return kept.calls;
}

type Kept = ReturnType<typeof recorder>;
type Key = (name: string) => string;

/** Every write through both doors: sent once by one of them, so that it replays at both. */
async function theWrites(kept: Kept, world: World, key: Key): Promise<void> {
  for (const { write, actor, ready, open } of READY_WRITES) {
    const { input, ...envelope } = await ready(world, actor);
    const doors = await open(kept.world, actor);
    const args = { ...input, ...envelope, idempotencyKey: key(write.name) };
    const answer = await kept.at(`mcp ${write.name}`, () => doors.mcp(args));
    if (answer.code) throw new Error(`${write.name}: ${answer.text}`);
    await kept.at(`http ${write.name}`, () => doors.http(args));
    // And one that is still to be done, for spoilt copies to come close to doing it.
    const fresh = await ready(world, actor);
    const next = { ...fresh.input, ...fresh, input: undefined, idempotencyKey: key(`${write.name}-next`) };
    await kept.unsent(`mcp ${write.name}`, () => doors.mcp(next));
    await kept.unsent(`http ${write.name}`, () => doors.http(next));
    await kept.at("http contract", () => kept.world.fetch(write.route.slice("POST ".length)));
  }
}

/** Everything that is read, in both eras of the protocol and over HTTP. */
async function theReads(kept: Kept): Promise<void> {
  const { world } = kept;
  const send = world.send;
  const owners = await world.token(OWNER, "mcp", EVERYTHING);
  for (const [door, wish] of [
    ["mcp public", { send, url: `${ORIGIN}/mcp/public` }],
    ["mcp reading", { send, url: `${ORIGIN}/mcp`, token: owners }],
  ] as const) {
    const client = await kept.at(door, () => connect(wish));
    await kept.at(door, async () => {
      await client.listTools();
      await client.listResources();
      await client.listResourceTemplates();
      for (const { uri } of resources) {
        const filled = uri.replace(/\{\w+\}/, () => KNOWN[uri] ?? "absent");
        await client.readResource({ uri: filled }).catch(() => undefined);
        await client.callTool({ name: "read_commerce", arguments: { uri: filled } }).catch(() => undefined);
      }
    });
    const legacy = await kept.at(door, () => connectV1(wish));
    await kept.at(door, () => legacy.listTools());
    await kept.at(door, () => legacy.readResource({ uri: "commerce://source-data/contract" }));
  }
  const buyers = await mcpDoor(world, "get_operation", await world.token(BUYER, "mcp"));
  const api = { headers: { Authorization: `Bearer ${await world.token(BUYER, "api")}` } };
  const [operation] = await world.all<{ id: string }>("SELECT id FROM operations WHERE write_name = 'start_checkout'");
  const operationId = operation?.id ?? "";
  await kept.at("mcp get_operation", () => buyers({ operationId }));
  await kept.at("mcp get_operation", () => buyers({ idempotencyKey: "launch-pass-1" }));
  await kept.at("http reading", async () => {
    await world.fetch(`${ROUTES.operations}/${operationId}`, api);
    await world.fetch(`${ROUTES.operations}/${operationId}/receipt`, api);
    for (const path of [
      "/",
      "/health",
      ROUTES.commerceSourceData,
      ROUTES.affiliatesSourceData,
      "/.well-known/oauth-protected-resource/mcp",
      "/.well-known/oauth-authorization-server/oauth",
    ]) {
      await world.fetch(path, { headers: { "If-None-Match": '"none"' } });
    }
  });
  await kept.at("http clicks", () =>
    world.fetch(ROUTES.clicks, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        "User-Agent": "Browser/1",
        Referer: "https://partner.example/",
        "CF-Connecting-IP": "203.0.113.7",
      },
      body: JSON.stringify({
        code: "LAUNCHCIRCLE",
        destinationRoute: "/funnels/indie-launch-sandbox",
        idempotencyKey: "click-of-a-door",
        anonymousVisitorKey: "visitor",
      }),
    }),
  );
}

/** What a template is filled with so that something is found. */
const KNOWN: Readonly<Record<string, string>> = {
  "commerce://source-data/{section}": "sandboxCheckout",
  "commerce://tables/{table}": "checkout_intents",
  "commerce://offers/{offerId}": "sandbox-launch-pass",
  "commerce://plans/{slug}": "grow",
  "commerce://products/{productId}": "product-launch-checklist-download",
};

/** Calls without the text: what the client shows and sends back, and the page. The decision is still open. */
async function theConfirmations(kept: Kept, world: World, key: Key): Promise<void> {
  await world.db.exec("UPDATE approvals SET status = 'withdrawn' WHERE status = 'pending'");
  const { confirmationText, ...args } = await launchPassCall(world);
  const token = await world.token(BUYER, "mcp");
  const kind = { name: "forms", sdk: "v2", era: "2026", elicitation: { form: {} }, way: "form" } as const;
  const client = await play(kept.world, kind, token);
  // The answer travels with the same call once more: held back, it is still good.
  let asked = false;
  client.react = () => {
    asked = true;
    return { action: "accept", content: { confirmationText } };
  };
  const elicited = { ...args, idempotencyKey: key("elicited") };
  await kept.unsent(
    "mcp elicitation",
    () => client.call("start_checkout", elicited),
    () => asked,
  );

  const plain = await mcpDoor(world, "start_checkout", token);
  const { body } = await plain({ ...args, idempotencyKey: key("approval") });
  const path = new URL(String(body.approvalUrl)).pathname;
  const browser = await signedIn(kept.world, BUYER);
  const page = await kept.at("approval page", () => browser.get(path));
  await kept.unsent("approval page", () =>
    browser.submit(page.clone(), path, { decision: "approve", confirmationText }),
  );
  await kept.unsent("approval page", () => browser.submit(page, path, { decision: "decline" }));
}

async function signedIn(world: World, person: typeof BUYER): Promise<Browser> {
  const browser = openBrowser(world.send, ORIGIN);
  await signIn(browser, person);
  return browser;
}

/** Links, success, offers, prices and the account. */
async function theBuyersPages(kept: Kept, world: World, key: Key): Promise<void> {
  const open = await started(world, (await checkoutDoors(world)).http);
  const session = await sessionBehind(world, open);
  const paid = await sale(world, { bump: true });
  await kept.at("redirect", () => kept.world.fetch(open.checkoutUrl));
  await kept.at("cancel page", () => kept.world.fetch(session.cancel_url ?? ""));
  const guest = openBrowser(kept.world.send, ORIGIN);
  for (const url of [session.success_url ?? "", paid.returnUrl]) {
    const path = new URL(url).pathname;
    await kept.at("success page", () => guest.get(`${path}?load=1`));
  }
  const offer = `${ROUTES.postPurchase}/${paid.token}`;
  const page = await kept.at("post-purchase page", () => guest.get(offer));
  await kept.unsent("post-purchase page", () =>
    guest.submit(page, offer, {
      decisionKind: "decline_upsell",
      confirmationText: "Record non-billing post-purchase decision for Bumpgrade checkout",
    }),
  );
  const { formToken: guests } = formTokenIn(await (await guest.get(offer)).text());
  for (const url of [session.success_url ?? "", paid.returnUrl]) {
    await kept.unsent("success page", () => guest.post(new URL(url).pathname, { formToken: guests }));
  }
  await theFiles(kept, world, guest, paid);
  const buyer = await signedIn(kept.world, BUYER);
  await withoutPlans(world);
  const pricing = await kept.at("pricing", () => buyer.get(ROUTES.pricing));
  await kept.unsent("pricing", () => buyer.submit(pricing, ROUTES.pricing, {}));
  for (const path of ["/account", "/account/orders", "/account/confirmations", "/account/second-factor"]) {
    const page = await kept.at("account", () => buyer.get(path));
    await everyForm(kept, "account", buyer, path, await page.text());
  }
  const { formToken } = formTokenIn(await (await buyer.get("/account")).text());
  for (const [path, fields] of [
    ["/account/verify-email", {}],
    [ROUTES.accountBilling, { checkoutIntentId: key("none") }],
    ["/account/second-factor", { action: "confirm", code: "123456" }],
    ["/account/second-factor", { action: "stop", code: "1" }],
    ["/account/second-factor", { action: "move", code: "1" }],
  ] as const) {
    await kept.unsent("account", () => buyer.post(path, { formToken, ...fields }));
  }
}

/** The mailed link, the order that it opens, and a file at both of its doors. */
async function theFiles(kept: Kept, world: World, guest: Browser, paid: Sale): Promise<void> {
  await world.db.exec("UPDATE access_products SET delivery_enabled = 1");
  await uploadChecklist(world);
  const link = await mailedLink(world, paid);
  const page = await kept.at("order link", () => guest.get(link));
  const form = formTokenIn(await page.text());
  await kept.unsent("order link", () => guest.post(link, form));
  await guest.post(link, form);
  await kept.at("order page", () => guest.get(ROUTES.order));
  await kept.unsent("order page", () => guest.post(ROUTES.order, { ...form, returnLink: paid.token }));
  const [file] = await world.all<{ path: string }>(
    `SELECT id || '/${CHECKLIST.assetId}' AS path FROM product_entitlements WHERE checkout_intent_id = ? AND product_id = ?`,
    paid.checkoutIntentId,
    CHECKLIST.productId,
  );
  const buyer = await signedIn(kept.world, BUYER);
  for (const [browser, route] of [
    [guest, ROUTES.orderFiles],
    [buyer, ROUTES.accountFiles],
  ] as const) {
    const headers = { ...cookieOf(browser), Range: "bytes=0-9", "If-Range": '"other"', "If-None-Match": '"other"' };
    const answer = await kept.at("files", () => kept.world.fetch(`${route}/${file?.path}`, { headers }));
    if (answer.status !== 200) throw new Error(`no file: ${answer.status} ${await answer.text()}`);
  }
}

const formTokenIn = (html: string) => ({ formToken: /name="formToken" value="([^"]+)"/.exec(html)?.[1] ?? "" });

/** Every page of the console, and each of its forms. */
async function theOwnersPages(kept: Kept, world: World): Promise<void> {
  const owner = await signedIn(kept.world, OWNER);
  const { commissionLedgerId } = await evidence(world);
  const [entitlement] = await world.all<{ id: string }>(
    "SELECT id FROM product_entitlements ORDER BY granted_at DESC LIMIT 1",
  );
  const [operation] = await world.all<{ id: string }>("SELECT id FROM operations LIMIT 1");
  const ids: Record<string, string> = {
    "/owner/ledger/:id": `/owner/ledger/${commissionLedgerId}`,
    "/owner/entitlements/:id": `/owner/entitlements/${entitlement?.id}`,
    "/owner/operations/:id": `/owner/operations/${operation?.id}`,
    "/owner/assets/:productId/:assetId": "/owner/assets/product-launch-checklist-download/asset-launch-checklist-pdf",
    "/owner/find": "/owner/find?id=x",
  };
  const texts = [
    "Apply owner review action to Bumpgrade commission ledger evidence",
    "Record product access removal intent",
  ];
  for (const { path: template, submit } of consolePages) {
    const path = ids[template] ?? template;
    const page = await kept.at("console", () => owner.get(path));
    const html = await page.text();
    if (submit)
      for (const confirmationText of texts) await everyForm(kept, "console", owner, path, html, { confirmationText });
  }
  const { headers } = await ownerBrowser(world, ROUTES.revocationIntents, OWNER);
  for (const path of [`${ROUTES.revocationIntents}/absent/withdraw`, `${ROUTES.stripeEvents}/absent/replay`]) {
    await kept.unsent("owner commands", () => httpDoor(kept.world, `POST ${path}`, headers)({}));
  }
}

/** Every form of a page, filled in with what is typed into the fields that it has; held back. */
async function everyForm(
  kept: Kept,
  door: string,
  browser: Browser,
  path: string,
  html: string,
  typed: Readonly<Record<string, string>> = {},
): Promise<void> {
  const seen = new Set<string>();
  for (const [form] of html.matchAll(/<form[^>]*method="post".*?<\/form>/gs)) {
    const fields = fieldsOf(form);
    // A table has the same form in every row, and a session that signed out is of no more use.
    const kind = Object.keys(fields).join();
    if (seen.has(kind) || form.includes('action="/sign-out"')) continue;
    seen.add(kind);
    for (const name of Object.keys(fields)) fields[name] = typed[name] ?? fields[name] ?? "";
    const action = /action="([^"]*)"/.exec(form)?.[1] ?? path;
    await kept.unsent(door, () => browser.post(action, fields));
  }
}

/** What a form would send as it stands: hidden fields, texts, and the first choice of each list. */
function fieldsOf(form: string): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const [tag] of form.matchAll(/<(?:input|select|textarea|button)\b[^>]*>/g)) {
    const name = /\bname="([^"]*)"/.exec(tag)?.[1];
    if (name) fields[name] = (/\bvalue="([^"]*)"/.exec(tag)?.[1] ?? "").replaceAll("&quot;", '"');
  }
  for (const [, name = "", options = ""] of form.matchAll(/<select[^>]*name="([^"]*)"[^>]*>(.*?)<\/select>/gs)) {
    fields[name] = /<option value="([^"]*)"/.exec(options)?.[1] ?? "";
  }
  if (fields.email === "") fields.email = "guest@example.com";
  return fields;
}

/** Sign-in, sign-up and the pages of mailed links. Each right password costs a hash: the slow ones are few. */
async function theSignIn(kept: Kept, world: World): Promise<void> {
  const guest = openBrowser(kept.world.send, ORIGIN);
  const stranger = { email: "nobody@example", password: "short", name: "" };
  for (const path of ["/sign-in", "/sign-up", "/forgot-password"]) {
    const page = await kept.at("sign-in pages", () => guest.get(`${path}?returnTo=%2Faccount`));
    await everyForm(kept, "sign-in pages", guest, path, await page.text(), stranger);
  }
  const html = await (await guest.get("/sign-in")).text();
  await everyForm(kept, "sign-in pages", guest, "/sign-in", html, BUYER);
  const challenge = { ...formTokenIn(html), challenge: "0".repeat(48), code: "123456", returnTo: "/account" };
  await kept.unsent("sign-in pages", () => guest.post("/sign-in/code", challenge));
  const [{ owner_user_id: ownerUserId } = { owner_user_id: "" }] = await world.all<{ owner_user_id: string }>(
    "SELECT owner_user_id FROM businesses",
  );
  for (const [purpose, path, subject] of [
    ["owner-setup", "/owner-setup", ownerUserId],
    ["password-reset", "/reset-password", ownerUserId],
    ["verify-email", "/verify-email", `${ownerUserId} ${OWNER.email}`],
  ] as const satisfies readonly (readonly [TokenPurpose, string, string])[]) {
    const { token, row } = newToken(purpose, subject, world.clock.now());
    await runStatements(world.db, [insertMissing(verification, row)]);
    const page = await kept.at("mailed links", () => guest.get(`${path}/${token}`));
    await everyForm(kept, "mailed links", guest, `${path}/${token}`, await page.text(), stranger);
  }
  const json = { "Content-Type": "application/json" };
  await kept.unsent("sign-in for scripts", () =>
    kept.world.fetch("/api/auth/sign-in/email", { method: "POST", headers: json, body: JSON.stringify(BUYER) }),
  );
  for (const [path, body] of [
    ["sign-in/email", { email: "nobody@", password: "" }],
    ["sign-up/email", { name: "", email: "nobody@", password: "short" }],
  ] as const) {
    await kept.at("sign-in for scripts", () =>
      kept.world.fetch(`/api/auth/${path}`, { method: "POST", headers: json, body: JSON.stringify(body) }),
    );
  }
  const buyer = await signedIn(world, BUYER);
  await kept.at("sign-in for scripts", () => kept.world.fetch("/api/auth/get-session", { headers: cookieOf(buyer) }));
  await kept.unsent("sign-in for scripts", () =>
    kept.world.fetch("/api/auth/sign-out", {
      method: "POST",
      headers: { ...json, ...cookieOf(buyer), Origin: ORIGIN },
      body: "{}",
    }),
  );
}

const cookieOf = ({ cookies }: Browser) => ({ Cookie: [...cookies].map((pair) => pair.join("=")).join("; ") });

/** Registration, consent, codes, refreshing and revoking. */
async function theOAuth(kept: Kept): Promise<void> {
  const { send } = kept.world;
  const resource = `${ORIGIN}/mcp`;
  const server = await discover(send, resource);
  const redirectUri = "http://localhost:6543/callback";
  const clientId = await kept.at("oauth register", () =>
    registerClient(send, server, { redirectUri, clientName: "A client" }),
  );
  const attempt = await authorizeUrl(server, { clientId, redirectUri, scopes: ["checkout:write"], resource });
  const browser = await signedIn(kept.world, BUYER);
  const page = await kept.at("oauth consent", () => browser.get(attempt.url));
  const consent = { decision: "allow", scope: ["checkout:write"] };
  await kept.unsent("oauth consent", () => browser.submit(page.clone(), "/authorize", consent));
  const answered = codeIn(await browser.submit(page, "/authorize", consent), attempt.state);
  const redemption = { ...answered, clientId, redirectUri, verifier: attempt.verifier, resource };
  await kept.unsent("oauth token", () => redeemCode(send, server, redemption));
  const token = await obtainToken({ fetch: send, origin: ORIGIN, as: BUYER, resource, scopes: ["checkout:write"] });
  await kept.unsent("oauth token", () => refresh(send, token));
  await kept.unsent("oauth token", () => revoke(send, token, token.accessToken));
}

/** A file for a link. */
async function theUploads(kept: Kept, world: World, key: Key): Promise<void> {
  const body = freshPdf();
  const { input, ...envelope } = await confirmedUpload(world, announced(body));
  const upload = await mcpDoor(world, "upload_product_asset", await world.token(OWNER, "mcp", ["owner:write"]));
  const { body: answer, text } = await upload({ ...input, ...envelope, idempotencyKey: key("link") });
  const { uploadUrl } = (answer.result ?? {}) as { uploadUrl?: string };
  if (!uploadUrl) throw new Error(text);
  const headers = { "Content-Type": "application/pdf" };
  await kept.unsent("upload link", () => kept.world.fetch(uploadUrl, { method: "PUT", headers, body }));
}

/** An event of every type that Stripe tells a shop, as it delivers it, of purchases that are ours. */
async function theWebhook(kept: Kept, world: World): Promise<void> {
  const sold = await sale(world, { bump: true });
  const open = await sale(world, { outcome: "none" });
  await withoutPlans(world);
  const plan = await openPlan(world, (await planDoors(world)).http, { setup: true });
  await world.sandbox.pay(plan.sessionId, "paid");
  const subscription = await subscriptionOf(world, plan);
  for (const action of ["renew", "fail_payment", "require_action", "pay", "pause", "resume", "cancel_at_period_end"]) {
    await world.sandbox.subscription(subscription, { action } as SubscriptionRequest);
  }
  const sessions = await world.sandbox.sessions();
  const sessionOf = (id: string) => sessions.find(({ client_reference_id: intent }) => intent === id);
  const paymentIntent = String(sessionOf(sold.checkoutIntentId)?.payment_intent);
  const refund = await world.sandbox.refund({ paymentIntent, amount: 100, status: "pending" });
  await world.sandbox.settleRefund(refund.id, "failed");
  const dispute = await world.sandbox.dispute({ paymentIntent });
  await world.sandbox.moveDispute(dispute.id, "won");
  await world.sandbox.expire(sessionOf(open.checkoutIntentId)?.id ?? "");
  const told = new Set<string>();
  for (const { body, signature } of (await world.sandbox.deliveries()).toReversed()) {
    const { type } = JSON.parse(body) as { type: string };
    if (told.has(type)) continue;
    told.add(type);
    await kept.unsent("webhook", () =>
      kept.world.fetch(ROUTES.stripeWebhook, {
        method: "POST",
        headers: { "Content-Type": "application/json", "Stripe-Signature": signature },
        body,
      }),
    );
  }
}
