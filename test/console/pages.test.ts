import { beforeAll, expect, test } from "vitest";
import { consolePages } from "../../src/console/index.ts";
import { ask, openAgent } from "../approvals/asking.ts";
import { unchanged } from "../support/database-state.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { evidence } from "../support/evidence.ts";
import { BUMP } from "../support/launch-pass.ts";
import { type Browser, openBrowser, signIn } from "../support/oauth.ts";
import { sale } from "../support/sale.ts";
import { BUYER, ORIGIN, OWNER } from "../support/world.ts";

describeInWorld("the owner's console", {}, (world) => {
  let owner: Browser;
  let addresses: string[];
  beforeAll(async () => {
    const { commissionLedgerId } = await evidence(world);
    await sale(world, { bump: true });
    const [entitlement] = await world.all<{ id: string }>("SELECT id FROM product_entitlements");
    const [order] = await world.all<{ id: string }>(
      "SELECT checkout_intent_id AS id FROM product_entitlements ORDER BY granted_at",
    );
    const [operation] = await world.all<{ id: string }>("SELECT id FROM operations ORDER BY created_at");
    const ids: Record<string, string> = {
      "/owner/ledger/:id": commissionLedgerId,
      "/owner/orders/:id": order?.id ?? "",
      "/owner/entitlements/:id": entitlement?.id ?? "",
      "/owner/operations/:id": operation?.id ?? "",
      "/owner/assets/:productId/:assetId": "product-launch-bundle/asset-launch-checklist-pdf",
    };
    addresses = consolePages.map(({ path }) => path.replace(/:.*$/, ids[path] ?? ""));
    owner = openBrowser(world.send, ORIGIN);
    await signIn(owner, OWNER);
  });

  test("every page opens for the owner, in one round trip behind the session's", async () => {
    for (const address of addresses.filter((path) => path !== "/owner/find")) {
      world.database.reset();
      const answer = await unchanged(world, () => owner.get(address));
      const html = await answer.text();
      expect([address, answer.status]).toEqual([address, 200]);
      expect(html).toMatch(/<h1>[^<]+<\/h1>/);
      expect(html).not.toContain("undefined");
      expect(html).not.toContain("[object");
      expect(answer.headers.get("Content-Security-Policy")).toContain("default-src 'none'");
      expect(answer.headers.get("Cache-Control")).toBe("no-store");
      // Two of them are the session's; who may make an account is asked of the sign-up itself, and the menu of orders first.
      const trips = ["/owner/people", "/owner/orders"].includes(address) ? 4 : 3;
      expect([address, world.database.trips()]).toEqual([address, trips]);
    }
  });

  test("what people read is words of people, on every page", async () => {
    const agent = await openAgent(world);
    for (const key of ["waits", "no", "replaced"]) await ask(world, agent, key);
    await ask(world, agent, "replaced", { orderBumpIds: [BUMP] });
    const stories = await world.all<{ id: string }>(
      "SELECT id FROM operations UNION SELECT operation_id FROM approvals",
    );
    const all = [...addresses, ...stories.map(({ id }) => `/owner/operations/${id}`)];
    for (const address of all.filter((path) => path !== "/owner/find")) {
      const html = await (await owner.get(address)).text();
      const read = html.replace(/<(style|code)>[\s\S]*?<\/\1>/g, " ").replace(/<[^>]+>/g, " ");
      expect([address, read.match(/\b[a-z]+_[a-z_]+\b/g)]).toEqual([address, null]);
    }
  });

  test("signed out leads to sign-in and back; any other person gets the answer of a wrong address", async () => {
    const buyer = openBrowser(world.send, ORIGIN);
    await signIn(buyer, BUYER);
    await unchanged(world, async () => {
      for (const address of addresses) {
        for (const method of ["GET", "POST"]) {
          const answer = await world.fetch(address, { method });
          expect([answer.status, answer.headers.get("Location")]).toEqual([
            303,
            `${ORIGIN}/sign-in?returnTo=${encodeURIComponent(address)}`,
          ]);
        }
        const hidden = await buyer.get(address);
        expect([address, hidden.status, (await hidden.text()).includes("nothing here")]).toEqual([address, 404, true]);
        expect((await buyer.post(address, {})).status).toBe(404);
      }
      for (const address of addresses.filter((path) => !consolePages.some((page) => page.path === path))) {
        expect((await owner.get(`${address.replace(/[^/]+$/, "absent")}`)).status, address).toBe(404);
      }
      expect((await owner.get("/owner/ledger?after=forged")).status).toBe(404);
    });
  });
});
