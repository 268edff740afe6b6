import type { World } from "../support/world.ts";
import { countEvents } from "./counted-events.ts";
import { countResources } from "./counted-resources.ts";
import { countRoutes } from "./counted-routes.ts";
import { countTools } from "./counted-tools.ts";
import { openCounter } from "./counter.ts";
import { makePlace } from "./place.ts";

/** Counts each tool, resource, event and route once, and the scheduled run. `explained`: with the plan of each statement. */
export async function countEverything(world: World, { explained = false } = {}) {
  const counter = openCounter(world, explained);
  const place = await makePlace(world);
  await countTools(counter, world, place);
  await countResources(counter, place);
  await countEvents(counter, world);
  await countRoutes(counter, world, place);
  await counter.measure("run scheduled", () => world.scheduled());
  await counter.measure("run scheduled, with nothing to do", () => world.scheduled());
  return counter;
}
