import { beforeAll, beforeEach, describe } from "vitest";
import { openWorld, type World, type WorldOptions } from "./world.ts";

interface Setting extends WorldOptions {
  /** True: each test begins with the first settings and clocks, an empty sandbox and no faults. */
  readonly reset?: boolean;
}

/** Declares tests in a world of their own. It is seeded before the first test, so `body` uses it inside tests and hooks only. */
export function describeInWorld(
  name: string,
  { reset = false, ...options }: Setting,
  body: (world: World) => void,
): void {
  describe(name, () => {
    const world = openWorld();
    beforeAll(() => world.seed(options));
    if (reset) {
      beforeEach(async () => {
        world.restart();
        await world.reset();
      });
    }
    body(world);
  });
}
