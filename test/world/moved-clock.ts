import type { World } from "../support/world.ts";

/** How far a clock of ours may be wrong: Stripe's signatures hold for five minutes. */
const SECONDS = 100;

/** The server's clock, as a plan moves it. */
export type MovedClock = ReturnType<typeof movedClock>;

/** Sets the server's clock back or ahead of Stripe's, or stops it, and makes it right again. */
export function movedClock(world: World) {
  const right = world.clock.now;
  let skewed = 0;
  return {
    move(how: "back" | "ahead" | "stands") {
      if (how === "stands") {
        const now = right();
        world.clock.now = () => now;
        return;
      }
      const seconds = how === "back" ? -SECONDS : SECONDS;
      skewed += seconds;
      world.skew(seconds);
    },
    mend() {
      world.clock.now = right;
      world.skew(-skewed);
      skewed = 0;
    },
  };
}
