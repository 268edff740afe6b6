import { expect, test } from "vitest";
import { describeInWorld } from "../support/describe-in-world.ts";
import { connect } from "../support/mcp.ts";
import { BUYER, ORIGIN } from "../support/world.ts";

interface Answer {
  operationId: string;
  replayed: boolean;
  result: { checkoutIntentId: string; checkoutUrl: string; status: string; amountCents: number; updatedAt: string };
}

describeInWorld("an agent sells the launch pass with its order bump", {}, (world) => {
  test("from reading the offer to granted access", async () => {
    const token = await world.token(BUYER, "mcp");
    const client = await connect({ send: world.send, url: `${ORIGIN}/mcp`, token });
    const read = async (uri: string) => {
      const [content] = (await client.readResource({ uri })).contents;
      return JSON.parse((content as { text: string }).text);
    };
    const offer = await read("commerce://offers/sandbox-launch-pass");
    expect(offer.confirmationText).toBe("Create checkout for Bumpgrade launch pass at 9.00 USD");
    const [bump] = offer.orderBumps;
    expect(bump.confirmationText).toBe("Create checkout for Bumpgrade launch pass with Launch checklist at 28.00 USD");

    const call = {
      name: "start_checkout",
      arguments: {
        offerId: "sandbox-launch-pass",
        orderBumpIds: [bump.orderBumpId],
        confirmationText: bump.confirmationText,
        idempotencyKey: "story-1",
        expectedUpdatedAt: offer.updatedAt,
      },
    };
    const first = await client.callTool(call);
    expect(first.isError, JSON.stringify(first.content)).toBeFalsy();
    const started = first.structuredContent as unknown as Answer;
    expect(started.result).toMatchObject({ amountCents: 2800, currency: "usd", stripeMode: "sandbox", status: "open" });

    const again = (await client.callTool(call)).structuredContent as unknown as Answer;
    expect(again).toEqual({ ...started, replayed: true });
    const [session, ...others] = await world.sandbox.sessions();
    expect(others).toEqual([]);

    const redirect = await world.fetch(started.result.checkoutUrl);
    expect(redirect.status).toBe(303);
    expect(redirect.headers.get("Location")).toBe(session?.url);

    const landed = await world.sandbox.pay(session?.id ?? "", "paid");
    const returned = landed.success_url ?? "";
    expect(await (await world.fetch(returned)).text()).toContain("on its way");
    const deliveries = await world.deliver();
    expect(deliveries.map((answer) => answer.status)).toEqual(deliveries.map(() => 200));
    expect(await (await world.fetch(returned)).text()).toContain("it is paid");

    const checkout = await read(`commerce://checkouts/${started.result.checkoutIntentId}`);
    expect(checkout).toMatchObject({ status: "paid", amountCents: 2800 });
    expect(checkout.entitlements.map((row: { productId: string }) => row.productId)).toEqual([
      "product-launch-bundle",
      "product-launch-checklist-download",
    ]);
  });
});
