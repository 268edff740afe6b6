import { expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { OWNER } from "../support/world.ts";
import { ask, browserOf, openAgent, readOffer } from "./asking.ts";

describeInWorld("an approval whose stored call another version can't read", {}, (world) => {
  test("is not shown as waiting, and a yes to it does nothing", async () => {
    const agent = await openAgent(world);
    const owner = await browserOf(world, OWNER);
    const path = await ask(world, agent, "unreadable");
    const nothingWaits = async () => (await (await owner.get("/owner")).text()).includes("No approval is pending.");
    expect(await nothingWaits()).toBe(false);
    const buyer = await browserOf(world);
    const page = await buyer.get(path);
    const yes = { decision: "approve", confirmationText: (await readOffer(world)).confirmationText };
    await world.all("UPDATE approvals SET arguments_sealed = 'of another version'");
    expect(await nothingWaits()).toBe(true);
    world.quiet = true;
    expect((await buyer.submit(page, path, yes)).status).toBe(409);
    expect(await world.all("SELECT id FROM operations")).toEqual([]);
  });
});
