import { beforeAll, beforeEach, describe } from "vitest";
import { openWorld, type World, type WorldOptions } from "./world.ts";

interface Setting extends WorldOptions {
  /** Whether each test begins with the settings and clocks of the first, an empty Stripe and no faults. */
  readonly reset?: boolean;
}

/** Tests in a world of their own, which is seeded before the first of them: `body` declares them and uses nothing of it yet. */
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
