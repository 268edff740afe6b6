import { beforeAll, beforeEach, expect, test } from "vitest";
import { writes } from "../../tools/index.ts";
import { CLIENT_KINDS, type ClientKind, play } from "../clients/client-kinds.ts";
import { announced, freshPdf } from "../support/asset-files.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { evidence } from "../support/evidence.ts";
import { BUMP, OFFER } from "../support/launch-pass.ts";
import { click, sale, versionOf } from "../support/sale.ts";
import { confirmedUpload } from "../support/upload-story.ts";
import { OWNER } from "../support/world.ts";
import { type Agent, type Answer, browserOf, decide, openAgent, pathIn } from "./asking.ts";

describeInWorld("what an approval shows", {}, (world) => {
  let agent: Agent;
  let owner: Agent;
  beforeAll(async () => {
    agent = await openAgent(world, { scopes: ["checkout:write", "affiliates:write"] });
    owner = await openAgent(world, { person: OWNER, scopes: ["owner:read", "owner:write"] });
  });
  beforeEach(() => world.all("DELETE FROM approvals"));

  let keys = 0;
  const instant = (ms: unknown) => new Date(Number(ms)).toISOString();

  /** As long as a reason can be, with markup, a line end and a character that turns text around. */
  const REASON = `<b>Buyer</b> wrote:\n"please\u202estop" ${"x".repeat(450)} to the very end`;

  interface Case {
    readonly by: () => Agent;
    args(): Promise<Record<string, unknown>>;
    /** What the page has to say, for every argument and for what changes. */
    readonly says: readonly string[];
  }

  const order = async (outcome: "paid" | "none" = "none", referred = false) => {
    const { checkoutIntentId } = await sale(world, { bump: true, outcome, referred });
    return { checkoutIntentId, expectedUpdatedAt: await versionOf(world, checkoutIntentId) };
  };
  const ORDER = ["launch pass", "hecklist", "ordered at 20", "UTC"];

  async function reviewOf(): Promise<Record<string, unknown>> {
    const { commissionLedgerId, updatedAt } = await evidence(world);
    return { commissionLedgerId, actionKind: "reverse_evidence", reason: REASON, expectedUpdatedAt: updatedAt };
  }

  const CASES: Record<string, Case> = {
    start_checkout: {
      by: () => agent,
      args: async () => ({
        offerId: OFFER,
        orderBumpIds: [BUMP],
        referralClickId: await click(world),
        expectedUpdatedAt: (await world.read(`commerce://offers/${OFFER}`)).updatedAt,
      }),
      says: ["launch pass", "9.00 USD", "19.00 USD", "28.00 USD", "LAUNCHCIRCLE", "no real money", "Now", "Then"],
    },
    start_plan_checkout: {
      by: () => agent,
      args: async () => ({
        planSlug: "grow",
        includeSetup: true,
        expectedUpdatedAt: (await world.read("commerce://plans/grow")).updatedAt,
      }),
      says: [
        "197.00 USD",
        "every month",
        "1000.00 USD",
        "once",
        "1197.00 USD",
        "you do not have this plan",
        "until you end it",
      ],
    },
    expire_checkout: {
      by: () => agent,
      args: () => order(),
      says: [...ORDER, "28.00 USD", "waiting for payment", "ended without payment", "nothing is refunded"],
    },
    record_post_purchase_decision: {
      by: () => agent,
      args: async () => ({
        ...(await order("paid")),
        decisionKind: "accept_upsell_follow_up",
        presentedOfferId: "offer-upsell-launch-accelerator",
      }),
      says: [...ORDER, "Launch accelerator", "USD", "not answered", "yes, talk to me about it", "nothing is charged"],
    },
    create_commission_evidence: {
      by: () => agent,
      args: () => order("none", true),
      says: [...ORDER, "LAUNCHCIRCLE", "28.00 USD", "4.60 USD", "nothing is noted", "kept for review", "not payable"],
    },
    review_commission_evidence: {
      by: () => owner,
      args: () => reviewOf(),
      says: [
        "launch pass",
        "LAUNCHCIRCLE",
        "9.00 USD",
        "Reverse for good",
        "not reviewed yet",
        "reversed for good",
        "not payable",
      ],
    },
    record_revocation_intent: {
      by: () => owner,
      args: async () => {
        const { checkoutIntentId } = await order("paid");
        const [row] = await world.all(
          "SELECT * FROM product_entitlements WHERE checkout_intent_id = ?",
          checkoutIntentId,
        );
        return {
          entitlementId: row?.id,
          reasonCode: "refund_or_chargeback",
          reason: REASON,
          expectedUpdatedAt: instant(row?.updated_at),
        };
      },
      says: [
        ...ORDER,
        "28.00 USD",
        "without a note",
        "with a note that it should be removed",
        "a refund or a chargeback",
      ],
    },
    upload_product_asset: {
      by: () => owner,
      async args() {
        const body = freshPdf();
        const { input, expectedUpdatedAt } = await confirmedUpload(world, announced(body));
        return { ...input, expectedUpdatedAt };
      },
      says: ["application/pdf", "bytes", "not stored", "stored privately"],
    },
  };

  test("every write that waits for a person is here", () => {
    expect(Object.keys(CASES)).toEqual(writes.map(({ name }) => name));
  });

  async function asked(name: string) {
    const { by, args } = CASES[name] as Case;
    const call = { ...(await args()), idempotencyKey: `shown-${++keys}` };
    const answer: Answer = await by().call(name, call);
    const browser = await browserOf(world, by() === owner ? OWNER : undefined);
    return { answer, call, browser, path: pathIn(answer) };
  }

  test.each(Object.keys(CASES))(
    "%s: the page says to what, for how much, from what to what, in words",
    async (name) => {
      const write = writes.find((candidate) => candidate.name === name);
      const { call, browser, path } = await asked(name);
      // Nothing is bound that the case leaves out.
      expect(Object.keys(call)).toEqual(
        expect.arrayContaining(
          Object.keys(write?.input.shape ?? {}).filter((argument) => argument !== write?.unstorable),
        ),
      );
      const html = await (await browser.get(path)).text();
      for (const words of CASES[name]?.says ?? []) expect(html).toContain(words);
      const card = /<dl class="card">([\s\S]*?)<\/dl>/.exec(html)?.[1] ?? "";
      expect(card.replace(/<[^>]+>/g, " ")).not.toMatch(/\b[a-z]+_[a-z]+/);
      expect(card).not.toMatch(/intent-[0-9a-f]{8}-|undefined|NaN/);
    },
  );

  test.each(["review_commission_evidence", "record_revocation_intent"])(
    "%s: the reason is read whole, as the assistant's words, by the person alone",
    async (name) => {
      const { answer, call, browser, path } = await asked(name);
      const html = await (await browser.get(path)).text();
      expect(html).toContain("Reason, as your assistant wrote it");
      const quoted = /<blockquote>([\s\S]*?)<\/blockquote>/.exec(html)?.[1] ?? "";
      const shown = REASON.replaceAll('"', "&quot;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
      expect(quoted).toBe(shown.replace("\u202e", "\ufffd"));
      const told = [answer, await owner.standing(call.idempotencyKey)];
      for (const said of told) expect(JSON.stringify(said)).not.toContain("to the very end");
      const decided = await decide(browser, path, "decline");
      for (const said of [await decided.text(), JSON.stringify(await owner.standing(call.idempotencyKey))]) {
        expect(said).not.toContain("to the very end");
      }
    },
  );

  test("a form in the client shows the same lines; what it cannot show is asked on the page", async () => {
    const [kind] = CLIENT_KINDS;
    const client = await play(world, kind as ClientKind, owner.token.accessToken);
    client.react = () => ({ action: "cancel" });
    const { reason, ...review } = await reviewOf();
    const args = { ...review, actionKind: "hold_for_review" };
    const call = (more: object) =>
      client.call("review_commission_evidence", { ...args, ...more, idempotencyKey: `shown-${++keys}` });
    pathIn(await call({}));
    const [{ message }] = client.shown as [{ message: string }];
    for (const words of ["Review commission evidence", "9.00 USD", "Hold for review", "held by the owner"]) {
      expect(message).toContain(words);
    }
    pathIn(await call({ reason }));
    // What can't be taken back is no question for a form.
    pathIn(await call({ actionKind: "reverse_evidence" }));
    expect(client.shown).toHaveLength(1);
  });
});
