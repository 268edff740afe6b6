import { beforeAll, expect, test } from "vitest";
import { orderNumberOf } from "../../src/base/order-number.ts";
import { recordPostPurchaseDecision } from "../../tools/record-post-purchase-decision.ts";
import { auditVerdict } from "../support/audit-verdict.ts";
import { unchanged } from "../support/database-state.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { bearerDoors, type Doors } from "../support/doors.ts";
import { type Browser, openBrowser, signIn } from "../support/oauth.ts";
import { payer } from "../support/payers.ts";
import { sale, versionOf } from "../support/sale.ts";
import { BUYER, ORIGIN, OWNER } from "../support/world.ts";

const PAGE = "/owner/answers";
const CHANGED = "This has changed since you looked.";
const UPSELL = "offer-upsell-launch-accelerator";
const DOWNSELL = "offer-downsell-launch-review";

/** The fields of each button of a page, in their order. */
const buttons = (html: string) =>
  Array.from(html.matchAll(/<form method="post" action="\/owner\/answers".*?<\/form>/gs), ([form]) =>
    Object.fromEntries(
      Array.from(form.matchAll(/name="([^"]+)" value="([^"]*)"/g), ([, name, value]) => [name, value]),
    ),
  );

describeInWorld("the owner's answers", {}, (world) => {
  let owner: Browser;
  let doors: Doors;
  let keys = 0;
  beforeAll(async () => {
    owner = openBrowser(world.send, ORIGIN);
    await signIn(owner, OWNER);
    doors = await bearerDoors(world, recordPostPurchaseDecision, BUYER);
  });

  const html = async (address = PAGE) => {
    const answer = await owner.get(address);
    expect([address, answer.status]).toEqual([address, 200]);
    const text = await answer.text();
    return text.slice(text.indexOf("<body"));
  };
  const answer = async (checkoutIntentId: string, decisionKind: string, presentedOfferId: string) => {
    const call = {
      checkoutIntentId,
      decisionKind,
      presentedOfferId,
      confirmationText: "Record non-billing post-purchase decision for Bumpgrade checkout",
      expectedUpdatedAt: await versionOf(world, checkoutIntentId),
      idempotencyKey: `answer-of-desk-${++keys}`,
    };
    const first = await doors.http(call);
    expect(first.code, first.text).toBeUndefined();
    // A repeated call is the same answer.
    expect((await doors.http(call)).body.replayed).toBe(true);
    return String((first.body.result as { decisionId: string }).decisionId);
  };
  const button = async (id: string, list = "") => {
    const found = buttons(await html(`${PAGE}${list}`)).find((fields) => fields.id === id);
    expect(found).toBeDefined();
    return found as Record<string, string>;
  };
  const audit = async (id: string) =>
    (
      await world.all<{ event_kind: string }>(
        "SELECT event_kind FROM payment_audit_events WHERE subject_id = ? AND event_kind LIKE 'answer_%' ORDER BY sequence",
        id,
      )
    ).map(({ event_kind }) => event_kind);

  test("a yes stands open with offer, price, person and order, and both sides are told by one mail each", async () => {
    const { checkoutIntentId } = await sale(world);
    await payer(world, checkoutIntentId, "payer@elsewhere.example");
    const id = await answer(checkoutIntentId, "accept_upsell_follow_up", UPSELL);
    const shown = await html();
    for (const words of [BUYER.email, "payer@elsewhere.example", orderNumberOf(checkoutIntentId), "$"]) {
      expect(shown).toContain(words);
    }
    const [offer] = await world.all<{ name: string }>(
      "SELECT name FROM stack_offers WHERE public_offer_id = ?",
      UPSELL,
    );
    expect(shown).toContain(offer?.name);
    expect(
      await world.all(
        "SELECT mail_kind, checkout_intent_id FROM mail_outbox WHERE subject_id = ? ORDER BY mail_kind",
        id,
      ),
    ).toEqual([
      { mail_kind: "answer_came", checkout_intent_id: checkoutIntentId },
      { mail_kind: "answer_received", checkout_intent_id: checkoutIntentId },
    ]);
  });

  test("a no is no follow-up; the yes to the downsell after it is one", async () => {
    const { checkoutIntentId } = await sale(world);
    const no = await answer(checkoutIntentId, "decline_upsell", UPSELL);
    const of = (id: string) => world.all("SELECT status FROM answer_follow_ups WHERE decision_id = ?", id);
    expect(await of(no)).toEqual([]);
    expect(await world.all("SELECT mail_kind FROM mail_outbox WHERE subject_id = ?", no)).toEqual([]);
    expect(await of(await answer(checkoutIntentId, "accept_downsell_follow_up", DOWNSELL))).toEqual([
      { status: "open" },
    ]);
  });

  test("is done by a click and taken back by another; double clicks, two browsers and an old form change it once", async () => {
    const { checkoutIntentId } = await sale(world);
    const id = await answer(checkoutIntentId, "accept_upsell_follow_up", UPSELL);
    const decision = await world.all("SELECT * FROM checkout_post_purchase_decisions WHERE id = ?", id);
    const second = openBrowser(world.send, ORIGIN);
    await signIn(second, OWNER);
    const old = await button(id);
    const theirs = buttons(await (await second.get(PAGE)).text()).find((fields) => fields.id === id) ?? {};
    const clicks = await Promise.all([owner.post(PAGE, old), second.post(PAGE, theirs), owner.post(PAGE, old)]);
    expect(clicks.map(({ status }) => status)).toEqual([303, 303, 303]);
    expect(await audit(id)).toEqual(["answer_followed_up"]);
    expect(buttons(await html()).some((fields) => fields.id === id)).toBe(false);
    const back = await html(`${PAGE}?changed=${id}`);
    expect(back).toContain("you talked to them");
    expect((await owner.post(PAGE, buttons(back)[0] ?? {})).status).toBe(303);
    expect(await audit(id)).toEqual(["answer_followed_up", "answer_reopened"]);
    const buyer = openBrowser(world.send, ORIGIN);
    await signIn(buyer, BUYER);
    await unchanged(world, async () => {
      const late = await owner.post(PAGE, old);
      expect([late.status, (await late.text()).includes(CHANGED)]).toEqual([412, true]);
      expect((await owner.post(PAGE, { ...old, id: "absent" })).status).toBe(404);
      expect((await buyer.post(PAGE, old)).status).toBe(404);
    });
    expect(await world.all("SELECT * FROM checkout_post_purchase_decisions WHERE id = ?", id)).toEqual(decision);
    expect((await auditVerdict(world, undefined)).faults).toEqual([]);
  });

  test("an erased person's answer shows as erased", async () => {
    const { checkoutIntentId } = await sale(world);
    await payer(world, checkoutIntentId, "gone@elsewhere.example");
    const id = await answer(checkoutIntentId, "accept_upsell_follow_up", UPSELL);
    await world.all(
      "UPDATE order_payers SET email_sealed = NULL, email_hash = NULL, erased_at = 1 WHERE checkout_intent_id = ?",
      checkoutIntentId,
    );
    await world.all("UPDATE user SET erased_at = 1 WHERE email = ?", BUYER.email);
    const row =
      Array.from((await html()).matchAll(/<tr>.*?<\/tr>/gs), ([text]) => text).find((text) => text.includes(id)) ?? "";
    await world.all("UPDATE user SET erased_at = NULL WHERE email = ?", BUYER.email);
    expect(row.match(/erased/g)).toHaveLength(2);
    expect(row).not.toContain("@");
  });
});
