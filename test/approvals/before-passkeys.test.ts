import { expect, test } from "vitest";
import { sign } from "../support/authenticator.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { ask, browserOf, decide, openAgent, readOffer } from "./asking.ts";
import { givePasskey, openApproval, sendTouch } from "./touching.ts";

describeInWorld("an approval that was asked for before there were passkeys", {}, (world) => {
  test("offers no touch, takes none, and takes the text", async () => {
    const offer = await readOffer(world);
    const agent = await openAgent(world);
    const browser = await browserOf(world);
    const key = await givePasskey(world);
    const path = await ask(world, agent, "before-passkeys");
    const page = await openApproval(browser, path);
    const touch = JSON.stringify(await sign(key, page.challenge));
    await world.all("UPDATE approvals SET challenge_random = NULL");
    expect(await (await browser.get(path)).text()).not.toContain("data-passkey");
    expect(await sendTouch(browser, page, touch)).toMatchObject({ status: 422 });
    expect(await (await decide(browser, path, { approve: offer.confirmationText })).text()).toContain(
      "carried out just now",
    );
  });
});
