import fc from "fast-check";
import { expect } from "vitest";
import { orders } from "../support/orders.ts";
import type { World } from "../support/world.ts";
import type { Step } from "./follow.ts";

/** Something of which the server learns only once Stripe has told, or was asked. */
interface Told {
  told: boolean;
}

/** Stripe brings what waits, every event twice, in a drawn order. */
export const stripeTells = (world: World) =>
  fc.gen().map(
    (given): Step<object, Told> => ({
      name: "Stripe tells, twice and in any order",
      async run(_, real) {
        const waiting = await world.sandbox.deliveries({ pending: true });
        const twice = [...waiting, ...waiting];
        for (const group of twice.length > 0 ? given(orders, twice.length, 4) : []) {
          const answers = await Promise.all(group.flatMap((at) => twice[at] ?? []).map((one) => world.post(one)));
          for (const { status } of answers) expect(status).toBe(200);
        }
        real.told = true;
      },
    }),
  );

/** The scheduled run asks Stripe about the checkout. */
export const scheduleAsks = <Real extends Told>(
  world: World,
  checkoutOf: (real: Real) => string,
): Step<object, Real> => ({
  name: "the schedule asks Stripe",
  async run(_, real) {
    await world.all("UPDATE checkout_intents SET check_at = 0 WHERE id = ?", checkoutOf(real));
    await world.advance(180);
    await world.scheduled();
    real.told = true;
  },
});
