import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, test, vi } from "vitest";
import { ROOT } from "../../src/dev/local/root.ts";
import { sandboxClient } from "../../src/dev/stripe-sandbox/client.ts";
import { writes } from "../../tools/index.ts";
import { CHECKLIST } from "../support/asset-files.ts";
import { connect } from "../support/mcp.ts";
import { obtainToken, openBrowser, overSocket, signUp } from "../support/oauth.ts";
import { type Answer, owner } from "./asking.ts";
import { inspect, openPage, useBrowser } from "./browser.ts";

const { origin, sandboxUrl } = inject("server");
const open = useBrowser();
const sandbox = sandboxClient((path, init) => fetch(new URL(path, sandboxUrl), init));
/** A person of this test alone: what other tests ordered would stand among the lines. */
const buyer = { name: "Pat Phone", email: "pat.phone@example.com", password: "read-on-a-small-screen" };
/** A phone of 390 × 844. */
const PHONE = { theme: "light", width: 390 } as const;

type Facts = Record<string, string>;

/** An app of a person over a socket, and what it reads. */
async function appOf(as: Pick<typeof owner, "email" | "password">, scopes: readonly string[]) {
  const resource = `${origin}/mcp`;
  const token = await obtainToken({
    fetch: overSocket,
    origin,
    as,
    resource,
    scopes,
    clientName: "Shopping assistant",
  });
  const client = await connect({ send: overSocket, url: resource, token: token.accessToken });
  const call = async (name: string, args: Record<string, unknown>): Promise<Answer> => {
    const [block] = (await client.callTool({ name, arguments: args })).content as { text: string }[];
    return JSON.parse(block?.text ?? "null") as Answer;
  };
  const read = async (uri: string) => (await call("read_commerce", { uri })).content as Facts & { items?: Facts[] };
  return { call, read };
}

test("each write is decided on a phone in one screen: title, what is bound, and both buttons, without scrolling", async () => {
  await signUp(openBrowser(overSocket, origin), buyer);
  const app = await appOf(buyer, ["checkout:write", "affiliates:write"]);
  const desk = await appOf(owner, ["owner:read", "owner:write"]);
  const context = await open(PHONE);
  const { page, faults } = await openPage(context);
  const measured: Record<string, { approve: number; decline: number }> = {};

  /** Opens the page of a question as its person, measures it without scrolling, and says no, so that another may wait. */
  async function measure(name: string, asked: Answer, as: Pick<typeof owner, "email" | "password">) {
    expect(asked, name).toMatchObject({ code: "approval_required" });
    await page.goto(asked.approvalUrl ?? "");
    if (new URL(page.url()).pathname === "/sign-in") {
      await page.getByLabel("E-mail").fill(as.email);
      await page.getByLabel("Password").fill(as.password);
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.waitForURL(asked.approvalUrl ?? "");
    }
    mkdirSync(join(ROOT, "artifacts"), { recursive: true });
    await page.screenshot({ path: join(ROOT, "artifacts", `phone-${name.replaceAll(" ", "-")}.png`) });
    const bottom = async (button: string) => {
      const box = await page.getByRole("button", { name: button, exact: true }).boundingBox();
      return Math.ceil((box?.y ?? Number.NaN) + (box?.height ?? 0));
    };
    expect(await page.evaluate("scrollY"), name).toBe(0);
    measured[name] = { approve: await bottom("Approve"), decline: await bottom("Decline") };
    await page.getByRole("button", { name: "Decline", exact: true }).click();
    await page.getByRole("heading", { level: 1, name: "You declined this" }).waitFor();
  }
  let keys = 0;
  const envelope = (expectedUpdatedAt: string | undefined) => ({
    expectedUpdatedAt,
    idempotencyKey: `phone-${++keys}`,
  });

  const offer = await app.read("commerce://offers/sandbox-launch-pass");
  const pass = () => ({ offerId: "sandbox-launch-pass", ...envelope(offer.updatedAt) });
  await measure("start_checkout", await app.call("start_checkout", pass()), buyer);
  const bump = { orderBumpIds: ["offer-bump-launch-checklist"] };
  await measure("start_checkout with a bump", await app.call("start_checkout", { ...pass(), ...bump }), buyer);
  const plans = (await app.read("commerce://plans")).items ?? [];
  const plan = plans.find(({ id }) => id === "grow") ?? plans[0] ?? {};
  const planCall = { planSlug: plan.id, includeSetup: true, ...envelope(plan.updatedAt) };
  await measure("start_plan_checkout", await app.call("start_plan_checkout", planCall), buyer);

  const clicked = await fetch(`${origin}/api/affiliates/clicks`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      code: "LAUNCHCIRCLE",
      destinationRoute: "/funnels/indie-launch-sandbox",
      idempotencyKey: "click-phone",
    }),
  });
  const { referralClickId } = (await clicked.json()) as Facts;
  const seller = await appOf(buyer, ["checkout:write", "affiliates:write"]);
  const bought = await seller.call("start_checkout", {
    ...pass(),
    referralClickId,
    confirmationText: offer.confirmationText,
  });
  const { checkoutIntentId = "" } = bought.result as Facts;
  const uri = `commerce://checkouts/${checkoutIntentId}`;
  const about = async () => ({ checkoutIntentId, ...envelope((await app.read(uri)).updatedAt) });
  await measure("expire_checkout", await app.call("expire_checkout", await about()), buyer);
  const session = (await sandbox.sessions()).find((one) => one.client_reference_id === checkoutIntentId);
  await sandbox.pay(session?.id ?? "", "paid");
  await vi.waitUntil(async () => (await app.read(uri)).status === "paid", { timeout: 240_000, interval: 200 });
  await measure("create_commission_evidence", await app.call("create_commission_evidence", await about()), buyer);
  const answer = { decisionKind: "decline_upsell", presentedOfferId: "offer-upsell-launch-accelerator" };
  const answered = await app.call("record_post_purchase_decision", { ...(await about()), ...answer });
  await measure("record_post_purchase_decision", answered, buyer);
  const evidence = await seller.call("create_commission_evidence", {
    ...(await about()),
    confirmationText: "Create review-only commission evidence for Bumpgrade sandbox checkout",
  });
  const entry = evidence.result as Facts;

  await context.clearCookies();
  const reviewed = { commissionLedgerId: entry.commissionLedgerId, ...envelope(entry.updatedAt) };
  for (const [name, more] of [
    ["review_commission_evidence", { actionKind: "reverse_evidence" }],
    ["review_commission_evidence with a reason", { actionKind: "hold_for_review", reason: "The buyer wrote to us." }],
  ] as const) {
    const asked = { ...reviewed, ...envelope(entry.updatedAt), ...more };
    await measure(name, await desk.call("review_commission_evidence", asked), owner);
  }
  const entitlement = (await desk.read("commerce://entitlements")).items?.[0] ?? {};
  await measure(
    "record_revocation_intent",
    await desk.call("record_revocation_intent", {
      entitlementId: entitlement.id,
      reasonCode: "customer_request",
      ...envelope(entitlement.updatedAt),
    }),
    owner,
  );
  const product = await desk.read(`commerce://products/${CHECKLIST.productId}`);
  await measure(
    "upload_product_asset",
    await desk.call("upload_product_asset", {
      ...CHECKLIST,
      fileName: "launch-checklist.pdf",
      contentType: "application/pdf",
      bodySha256: "0".repeat(64),
      byteCount: 120_000,
      ...envelope(product.updatedAt),
    }),
    owner,
  );

  console.info("bottom of the buttons at 390 × 844:", JSON.stringify(measured));
  const asked = new Set(Object.keys(measured).map((name) => name.split(" ")[0]));
  expect([...asked]).toEqual(expect.arrayContaining(writes.map(({ name }) => name)));
  const below = Object.entries(measured).filter(([, { approve, decline }]) => !(Math.max(approve, decline) <= 844));
  expect(below).toEqual([]);

  // What the person said no to, in a list that takes each of them back.
  await page.goto(`${origin}/account/approvals`);
  await inspect(page, "account-approvals", PHONE);
  const forget = page.getByRole("button", { name: "Forget the no to Upload product asset" });
  // The owner may have said no in another test too.
  const before = await forget.count();
  await forget.first().click();
  await page.getByRole("heading", { level: 1, name: "Approvals" }).waitFor();
  expect(await forget.count()).toBe(before - 1);
  await page.goto(`${origin}/owner/approval-wait`);
  await inspect(page, "owner-approval-wait", PHONE);
  expect(faults).toEqual([]);
  await context.close();
});
