import { beforeEach, expect, test } from "vitest";
import { BOUNDS } from "../../src/base/bounds.ts";
import { countersOn } from "../support/counters.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { openBrowser } from "../support/oauth.ts";
import { ORIGIN } from "../support/world.ts";

describeInWorld("bounds on sign-ups, where no mail is set up", { reset: true }, (world) => {
  beforeEach(() => {
    world.restart(countersOn(world.clock));
  });

  /** Submits the form from a network. Its fields are invalid: it is counted, then refused. */
  async function formFrom(network: string) {
    const browser = openBrowser((request) => {
      const sent = new Request(request);
      sent.headers.set("CF-Connecting-IP", network);
      return world.send(sent);
    }, ORIGIN);
    const page = await browser.get("/sign-up");
    return async (fields: Record<string, string>) =>
      (await browser.submit(page.clone(), "/sign-up", { name: "Nia", email: "nia", password: "short", ...fields }))
        .status;
  }

  test.each([
    ["an open sign-up", {}, 422],
    ["one by an invitation", { invitation: "0".repeat(48) }, 403],
  ])(
    "one network submits %s as often as the bound allows; another network is not affected",
    async (_what, fields, status) => {
      const { most } = BOUNDS.accountRequests;
      const submit = await formFrom("203.0.113.7");
      const statuses: number[] = [];
      for (let n = 0; n < most + 3; n++) statuses.push(await submit(fields));
      expect(statuses).toEqual([...Array(most).fill(status), 429, 429, 429]);
      expect(await (await formFrom("203.0.113.8"))(fields)).toBe(status);
    },
  );
});
