import fc from "fast-check";
import { expect, test } from "vitest";
import { expireCheckout } from "../../tools/expire-checkout.ts";
import { browserOf, decide } from "../approvals/asking.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import type { Door } from "../support/doors.ts";
import { launchPassCall, resultOf } from "../support/launch-pass.ts";
import { type LimitedApp, limitedApp } from "../support/limits.ts";
import { versionOf } from "../support/sale.ts";
import { follow, type Step } from "./follow.ts";
import { expectCode } from "./replies.ts";

const [PASS, WITH_BUMP] = [900, 2800];
const DAY_MS = 86_400_000;
/** The sentence that ends a checkout which this one began. */
const endOf = (text: string) => text.replace("Create checkout for", "Expire open checkout for");

/** What an app may do alone: up to an amount, so many checkouts in 24 hours, until a time. Beyond it a person decides. */
interface Limits {
  readonly most: number | null;
  readonly aDay: number | null;
  readonly until: number | null;
  /** When each checkout began that counts. */
  started: { id: string; at: number; ends: string }[];
}
interface App {
  readonly app: LimitedApp;
  readonly expire: Door;
  /** What waits for its person: the call and its page. */
  asked: { page: string; text: string; key: string }[];
}

describeInWorld("the limits of a grant, beside a model", {}, (world) => {
  const now = () => world.clock.now();
  const inADay = ({ started }: Limits) => started.filter(({ at }) => now() - at < DAY_MS).length;
  const inTime = ({ until }: Limits) => until === null || now() < until;
  const alone = (model: Limits, cents: number) =>
    (model.most === null || cents <= model.most) &&
    (model.aDay === null || inADay(model) < model.aDay) &&
    inTime(model);

  const starting = fc.record({ bump: fc.boolean() }).map(
    ({ bump }): Step<Limits, App> => ({
      name: bump ? "start with the bump" : "start",
      async run(model, real) {
        const call = await launchPassCall(world, { bump });
        const passes = alone(model, bump ? WITH_BUMP : PASS);
        const answer = await real.app.start(call);
        // Three may wait for one client: the next is told so.
        const full = real.asked.length >= 3 ? "rate_limited" : "approval_required";
        expectCode(answer, passes ? undefined : full);
        if (passes) {
          model.started.push({ id: resultOf(answer).checkoutIntentId, at: now(), ends: endOf(call.confirmationText) });
        } else if (full === "approval_required") {
          const page = new URL(String(answer.body.approvalUrl)).pathname;
          real.asked.push({ page, text: call.confirmationText, key: call.idempotencyKey });
        }
      },
    }),
  );
  const approving: Step<Limits, App> = {
    name: "a person says yes beyond the limit",
    async run(model, real) {
      const asked = real.asked.pop();
      if (!asked) return;
      const answer = await decide(await browserOf(world), asked.page, { approve: asked.text });
      expect(answer.status, await answer.text()).toBe(200);
      const [row] = await world.all<{ id: string }>(
        "SELECT id FROM checkout_intents WHERE idempotency_key = ?",
        asked.key,
      );
      model.started.push({ id: row?.id ?? "", at: now(), ends: endOf(asked.text) });
    },
  };
  const ending: Step<Limits, App> = {
    name: "a checkout is expired, and counts no more",
    // Once the app's time is over, a person decides each call of it, this one too.
    may: (model) => inTime(model) && model.started.some(({ at }) => now() - at < 20 * 3_600_000),
    async run(model, real) {
      const last = model.started.at(-1);
      const answer = await real.expire({
        checkoutIntentId: last?.id,
        confirmationText: last?.ends,
        expectedUpdatedAt: await versionOf(world, last?.id ?? ""),
        idempotencyKey: `end-${last?.id}`,
      });
      expectCode(answer, undefined);
      model.started = model.started.filter((one) => one !== last);
    },
  };
  const passing = fc.constantFrom(1, 3, 7, 12, 23).map(
    (hours): Step<Limits, App> => ({
      name: "hours pass",
      async run(_, real) {
        await world.advance(hours * 3600);
        // What waited has run out.
        real.asked = [];
      },
    }),
  );

  const MOST = [null, 0, 899, PASS, WITH_BUMP - 1, WITH_BUMP, 50_000];
  const A_DAY = [null, 0, 1, 2, 3];
  const DAYS = [null, 0, 1, 2];
  const every = MOST.flatMap((most) => A_DAY.flatMap((aDay) => DAYS.map((days) => ({ most, aDay, days }))));
  let begun = 0;

  test("every life of a grant goes as the model says", async (context) => {
    await follow<Limits, App>(context, {
      subject: "limits of a grant",
      lives: { ci: 6, part: 24 },
      steps: 16,
      async begin() {
        await world.all("DELETE FROM approvals");
        await world.db.exec("DELETE FROM bound_counts");
        // One combination after the other, far from the one before.
        const { most, aDay, days } = every[(begun++ * 37) % every.length] ?? { most: null, aDay: null, days: null };
        const last = days === null ? undefined : new Date(now() + days * DAY_MS).toISOString().slice(0, 10);
        const app = await limitedApp(world, {
          ...(most !== null && { mostAmount: (most / 100).toFixed(2) }),
          ...(aDay !== null && { mostADay: String(aDay) }),
          ...(last && { until: last }),
        });
        // The reference business counts days in UTC: the last one ends with its midnight.
        const until = last ? Date.parse(`${last}T00:00:00Z`) + DAY_MS : null;
        return {
          model: { most, aDay, until, started: [] },
          real: { app, expire: await app.door(expireCheckout), asked: [] },
        };
      },
      can: [starting, starting, starting, fc.constant(approving), fc.constant(ending), passing],
      async look(model, { app }) {
        const told = (await app.limits()) as {
          checkoutsIn24Hours: { most: number; left: number } | null;
          actsAlone: boolean;
        };
        const left = model.aDay === null ? null : Math.max(0, model.aDay - inADay(model));
        expect(told.checkoutsIn24Hours?.left ?? null).toBe(left);
        expect(told.checkoutsIn24Hours?.most ?? null).toBe(model.aDay);
        expect(told.actsAlone).toBe(inTime(model));
      },
    });
  }, 3_600_000);
});
