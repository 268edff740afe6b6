import { expect } from "vitest";
import { createCommissionEvidence } from "../../tools/create-commission-evidence.ts";
import { recordPostPurchaseDecision } from "../../tools/record-post-purchase-decision.ts";
import { recordRevocationIntent } from "../../tools/record-revocation-intent.ts";
import { reviewCommissionEvidence } from "../../tools/review-commission-evidence.ts";
import { startCheckout } from "../../tools/start-checkout.ts";
import { startPlanCheckout } from "../../tools/start-plan-checkout.ts";
import { bearerDoors, type Reply } from "../support/doors.ts";
import { intentRow, launchPassCall, resultOf, sessionBehind } from "../support/launch-pass.ts";
import { type Browser, openBrowser, signUp } from "../support/oauth.ts";
import { ownerDoors } from "../support/owner-doors.ts";
import { openPlan, subscriptionOf } from "../support/plans.ts";
import { versionOf } from "../support/sale.ts";
import { ORIGIN, OWNER, type World } from "../support/world.ts";
import type { Canary } from "./traces.ts";

export const PASSWORD = "a password of the canary";

/** What a full life left behind. */
export interface Life {
  readonly browser: Browser;
  readonly userId: string;
  /** A token of an app of theirs. */
  readonly token: string;
  /** The order that was paid once. */
  readonly orderId: string;
  readonly paymentIntent: string;
  /** The order of the plan, whose subscription has ended. */
  readonly planOrderId: string;
}

/** Lives a person's life here, with their word in every text that one can choose: sign-up, orders, plan, refund, answers, reasons. */
export async function life(world: World, canary: Canary): Promise<Life> {
  const key = (what: string) => `${canary.word}-${what}`;
  const person = { email: canary.email, password: PASSWORD };
  const browser = openBrowser(world.send, ORIGIN);
  await signUp(browser, { ...person, name: canary.name });
  const [{ id: userId = "" } = {}] = await world.all<{ id: string }>(
    "SELECT id FROM user WHERE email = ?",
    canary.email,
  );

  const clicked = await world.fetch("/api/affiliates/clicks", {
    method: "POST",
    headers: { "Content-Type": "application/json", "User-Agent": canary.word },
    body: JSON.stringify({
      code: "LAUNCHCIRCLE",
      destinationRoute: "/funnels/indie-launch-sandbox",
      idempotencyKey: key("click"),
    }),
  });
  const { referralClickId } = (await clicked.json()) as { referralClickId: string };

  // By an agent.
  const buys = await bearerDoors(world, startCheckout, person);
  const call = { ...(await launchPassCall(world, { bump: true })), idempotencyKey: key("order"), referralClickId };
  const order = resultOf(await buys.http(call));
  const session = await sessionBehind(world, order);
  await world.sandbox.pay(session.id, "paid", canary.payer);
  await world.deliver();
  const orderId = order.checkoutIntentId;
  const { stripe_payment_intent_id: paymentIntent } = await intentRow(world, orderId);

  const answers = await bearerDoors(world, recordPostPurchaseDecision, person);
  const answered = await answers.http({
    checkoutIntentId: orderId,
    decisionKind: "accept_upsell_follow_up",
    presentedOfferId: "offer-upsell-launch-accelerator",
    confirmationText: "Record non-billing post-purchase decision for Bumpgrade checkout",
    expectedUpdatedAt: await versionOf(world, orderId),
    idempotencyKey: key("answer"),
  });
  done(answered);

  // The owner's words about them.
  const evidence = await (await bearerDoors(world, createCommissionEvidence, person)).http({
    checkoutIntentId: orderId,
    confirmationText: "Create review-only commission evidence for Bumpgrade sandbox checkout",
    expectedUpdatedAt: await versionOf(world, orderId),
    idempotencyKey: key("evidence"),
  });
  const entry = done(evidence) as { commissionLedgerId: string; updatedAt: string };
  const reviewed = await (await ownerDoors(world, reviewCommissionEvidence, OWNER)).http({
    commissionLedgerId: entry.commissionLedgerId,
    actionKind: "mark_reviewed",
    reason: `${canary.name} wrote to us`,
    confirmationText: "Apply owner review action to Bumpgrade commission ledger evidence",
    expectedUpdatedAt: entry.updatedAt,
    idempotencyKey: "owner-review",
  });
  done(reviewed);
  const [access] = await world.all<{ id: string; updated_at: number }>(
    "SELECT id, updated_at FROM product_entitlements WHERE checkout_intent_id = ?",
    orderId,
  );
  const removal = await (await ownerDoors(world, recordRevocationIntent, OWNER)).http({
    entitlementId: access?.id,
    reasonCode: "customer_request",
    reason: `${canary.name} asked by phone`,
    confirmationText: "Record product access removal intent",
    expectedUpdatedAt: new Date(access?.updated_at ?? 0).toISOString(),
    idempotencyKey: "owner-removal",
  });
  done(removal);

  // A plan that ends, with its invoice.
  const plans = await bearerDoors(world, startPlanCheckout, person);
  const plan = await openPlan(world, (args) => plans.http({ ...args, idempotencyKey: key("plan") }));
  await world.sandbox.pay(plan.sessionId, "paid", canary.payer);
  await world.deliver();
  await world.sandbox.subscription(await subscriptionOf(world, plan), { action: "cancel_now" });
  await world.deliver();

  // A question that waits for them.
  const { confirmationText: _text, ...unconfirmed } = await launchPassCall(world);
  const waits = await buys.http({ ...unconfirmed, idempotencyKey: key("waits") });
  expect(waits.code).toBe("approval_required");

  const token = await world.token(person, "api");
  await plantRows(world, canary, { userId, orderId, entitlementId: access?.id ?? "" });
  return {
    browser,
    userId,
    token,
    orderId,
    paymentIntent: String(paymentIntent),
    planOrderId: plan.checkoutIntentId,
  };
}

function done(answer: Reply): unknown {
  if (answer.code !== undefined) throw new Error(`refused: ${answer.text}`);
  return answer.body.result;
}

/** What no door of this world writes: rows of mails, links and downloads, and what apps and the sign-in library may store. */
async function plantRows(
  world: World,
  { word, name, email }: Canary,
  { userId, orderId, entitlementId }: { userId: string; orderId: string; entitlementId: string },
): Promise<void> {
  const owner = world.bindings.BUSINESS_OWNER_USER_ID;
  const [invited, reset] = [`${word}-invited`, `${word}-reset`];
  const token =
    "INSERT INTO verification (id, identifier, value, expires_at, created_at, updated_at) VALUES (?, ?, ?, 9e15, 1, 1)";
  const statements: [string, ...unknown[]][] = [
    ["UPDATE user SET image = ? WHERE id = ?", word, userId],
    ["UPDATE session SET user_agent = ?, ip_address = ? WHERE user_id = ?", word, word, userId],
    ["UPDATE account SET scope = ?, access_token = ? WHERE user_id = ?", word, word, userId],
    ["UPDATE oauth_grants SET client_name = ? WHERE user_id = ?", `${name}'s assistant`, userId],
    ["UPDATE operations SET client_declared = ? WHERE actor_id = ?", JSON.stringify({ name }), userId],
    ["UPDATE approvals SET client_declared = ? WHERE actor_id = ?", JSON.stringify({ name }), userId],
    [token, invited, `invitation:${invited}`, email],
    [token, reset, `password-reset:${reset}`, `${userId} ${email}`],
    ["INSERT INTO recovery_codes (user_id, code_sha256) VALUES (?, ?)", userId, word],
    ["INSERT INTO second_factors (user_id, secret_sealed, confirmed_at) VALUES (?, ?, 1)", userId, word],
    [
      "INSERT INTO order_links (token_sha256, owner_user_id, checkout_intent_id, created_at, expires_at) VALUES (?, ?, ?, 1, 9e15)",
      word,
      owner,
      orderId,
    ],
    [
      "INSERT INTO file_downloads (owner_user_id, entitlement_id, asset_id, checkout_intent_id, downloads, first_at, last_at) VALUES (?, ?, ?, ?, 1, 1, 1)",
      owner,
      entitlementId,
      word,
      orderId,
    ],
    [
      "INSERT INTO mail_outbox (owner_user_id, id, mail_kind, subject_id, checkout_intent_id, status, next_at, created_at) VALUES (?, 'mail-planted', 'order_link', 'planted', ?, 'queued', 9e15, 1)",
      owner,
      orderId,
    ],
    [
      "UPDATE affiliate_referral_clicks SET visitor_key_hash = ?, referrer_hash = ? WHERE idempotency_key LIKE ?",
      word,
      word,
      `${word}%`,
    ],
    ["UPDATE billing_subscriptions SET buyer_email = ? WHERE buyer_user_id = ?", email, userId],
    ["UPDATE checkout_intents SET buyer_email = ? WHERE actor_id = ?", email, userId],
  ];
  for (const [sql, ...values] of statements) await world.all(sql, ...values);
}
