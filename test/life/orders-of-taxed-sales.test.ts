import { describe } from "vitest";
import { parseBusiness } from "../../src/dev/seeds/business.ts";
import { taxedFiles } from "../support/taxed-seeds.ts";
import { everyOrderEndsTheSame } from "./every-order.ts";
import { type Lives, passLives, planLives } from "./lives.ts";

/** These lives, at an account that calculates 9 % of tax. */
const taxed = (lives: Lives, names: readonly string[]): Lives =>
  Object.fromEntries(
    Object.entries(lives)
      .filter(([name]) => names.includes(name))
      .map(([name, live]) => [
        `${name}, with tax added`,
        async (world) => {
          await world.sandbox.account({ tax: { percent: 9 } });
          return live(world);
        },
      ]),
  );

describe("every order of the events of a sale with tax ends the same", () =>
  everyOrderEndsTheSame(
    {
      ...taxed(passLives, ["a warning that comes to nothing, and a refund in full"]),
      ...taxed(planLives, ["a plan whose first month was refunded"]),
    },
    { business: () => parseBusiness(taxedFiles("exclusive")) },
  ));
