import fc from "fast-check";
import { expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { intentRow } from "../support/launch-pass.ts";
import { sale } from "../support/sale.ts";
import { beginAnew } from "./begin-anew.ts";
import { follow, type Step } from "./follow.ts";
import { scheduleAsks, stripeTells } from "./told.ts";

const TOTAL = 2800;

/** The money of one checkout: paid gives access; all of it gone back, or a lost dispute, takes it; a won one gives it back. */
interface Money {
  paid: "no" | "later" | "never" | "yes";
  /** In cents, the refunds that stand. */
  readonly refunds: Map<string, number>;
  dispute: "none" | "open" | "won" | "lost";
}
interface Purchase {
  readonly checkoutIntentId: string;
  readonly sessionId: string;
  disputeId: string;
  /** Stripe's report of each step is brought when a step says so. */
  told: boolean;
}

const back = ({ refunds }: Money) => [...refunds.values()].reduce((sum, amount) => sum + amount, 0);
const disputable = ({ dispute }: Money) => dispute === "none";

/** The promise in a few lines. */
function promised(money: Money): { status: string; access: string } {
  if (money.paid === "no") return { status: "open", access: "" };
  if (money.paid === "later") return { status: "completed", access: "" };
  if (money.paid === "never") return { status: "failed", access: "" };
  const gone = back(money) === TOTAL;
  const status = ["open", "lost"].includes(money.dispute) ? "disputed" : gone ? "refunded" : "paid";
  const access = gone || money.dispute === "lost" ? "inactive" : "active";
  return { status, access: `${access},${access}` };
}

describeInWorld("entitlements, beside a model", {}, (world) => {
  const payment = async ({ sessionId }: Purchase) =>
    String((await world.sandbox.sessions()).find(({ id }) => id === sessionId)?.payment_intent);
  type Do = Step<Money, Purchase>;

  const paying = fc.constantFrom("paid", "delayed", "failed").map(
    (how): Do => ({
      name: how === "failed" ? "a card is declined" : `pay, ${how}`,
      may: ({ paid }) => paid === "no",
      async run(money, real) {
        await world.sandbox.pay(real.sessionId, how);
        if (how !== "failed") money.paid = how === "paid" ? "yes" : "later";
      },
    }),
  );
  const settling = fc.constantFrom("succeeded", "succeeded", "failed").map(
    (outcome): Do => ({
      name: `the delayed payment ${outcome}`,
      may: ({ paid }) => paid === "later",
      async run(money, real) {
        await world.sandbox.settle(real.sessionId, outcome);
        money.paid = outcome === "succeeded" ? "yes" : "never";
      },
    }),
  );
  const refunding = fc.constantFrom(100, 900, 1900, TOTAL).map(
    (amount): Do => ({
      name: "refund",
      may: (money) => money.paid === "yes" && disputable(money) && back(money) < TOTAL,
      async run(money, real) {
        const given = Math.min(amount, TOTAL - back(money));
        const { id } = await world.sandbox.refund({ paymentIntent: await payment(real), amount: given });
        money.refunds.set(id, given);
      },
    }),
  );
  const refundFailing = fc.nat().map(
    (at): Do => ({
      name: "a refund fails",
      may: ({ refunds, dispute }) => refunds.size > 0 && dispute === "none",
      async run({ refunds }) {
        const id = [...refunds.keys()][at % refunds.size] ?? "";
        await world.sandbox.settleRefund(id, "failed");
        refunds.delete(id);
      },
    }),
  );
  const disputing: Do = {
    name: "dispute",
    may: (money) => money.paid === "yes" && disputable(money) && back(money) === 0,
    async run(money, real) {
      real.disputeId = (await world.sandbox.dispute({ paymentIntent: await payment(real) })).id;
      money.dispute = "open";
    },
  };
  const deciding = fc.constantFrom("won", "lost").map(
    (outcome): Do => ({
      name: `the dispute is ${outcome}`,
      may: ({ dispute }) => dispute === "open",
      async run(money, real) {
        await world.sandbox.moveDispute(real.disputeId, outcome);
        money.dispute = outcome;
      },
    }),
  );
  const telling = stripeTells(world);
  const asking = scheduleAsks(world, ({ checkoutIntentId }: Purchase) => checkoutIntentId);
  /** What Stripe does is not known until it is told. */
  const untold = (step: fc.Arbitrary<Do>) =>
    step.map(({ run, ...rest }): Do => {
      return {
        ...rest,
        async run(money, real) {
          await world.advance(60);
          await run(money, real);
          real.told = false;
        },
      };
    });

  test("every life of a purchase goes as the model says", async (context) => {
    await follow<Money, Purchase>(context, {
      subject: "entitlements",
      lives: { ci: 8, part: 36 },
      steps: 22,
      async begin() {
        await beginAnew(world);
        const { checkoutIntentId } = await sale(world, { bump: true, outcome: "none" });
        const sessionId = (await world.sandbox.sessions()).at(-1)?.id ?? "";
        return {
          model: { paid: "no", refunds: new Map(), dispute: "none" },
          real: { checkoutIntentId, sessionId, disputeId: "", told: true },
        };
      },
      can: [
        untold(paying),
        untold(paying),
        untold(settling),
        untold(refunding),
        untold(refundFailing),
        untold(fc.constant(disputing)),
        untold(deciding),
        telling,
        telling,
        fc.constant(asking),
      ],
      async look(money, { checkoutIntentId, told }) {
        if (!told) return;
        const { status } = await intentRow(world, checkoutIntentId);
        const access = await world.all<{ status: string }>(
          "SELECT status FROM product_entitlements WHERE checkout_intent_id = ?",
          checkoutIntentId,
        );
        expect({ status, access: access.map((row) => row.status).join() }).toEqual(promised(money));
      },
    });
  }, 3_600_000);
});
