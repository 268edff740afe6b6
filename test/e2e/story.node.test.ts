import { describe, expect, inject, test, vi } from "vitest";
import { devPeople } from "../../src/dev/local/dev-people.ts";
import { connect, connectV1 } from "../support/mcp.ts";
import { obtainToken, overSocket } from "../support/oauth.ts";

const { origin, sandboxUrl } = inject("server");

interface Offer {
  updatedAt: string;
  confirmationText: string;
  orderBumps: { orderBumpId: string; confirmationText: string; totalCents: number }[];
}
interface Started {
  replayed: boolean;
  result: { checkoutIntentId: string; checkoutUrl: string; amountCents: number };
}
/** What the story needs of a client; each of the three has it under its own types. */
interface AnyClient {
  listTools(): Promise<{ tools: { name: string }[] }>;
  readResource(wish: { uri: string }): Promise<{ contents: unknown[] }>;
  callTool(wish: { name: string; arguments: Record<string, unknown> }): Promise<unknown>;
  close(): Promise<void>;
}

const clients: [name: string, open: (wish: Parameters<typeof connect>[0]) => Promise<AnyClient>][] = [
  ["the current client, protocol 2026-07-28", (wish) => connect(wish, "modern")],
  ["the current client, protocol of 2025", (wish) => connect(wish, "legacy")],
  ["the client of 2025", async (wish) => (await connectV1(wish)) as AnyClient],
];

describe.each(clients)("over a socket, %s", (name, open) => {
  test("reads without sign-in, and finds no write there", async () => {
    const client = await open({ send: overSocket, url: `${origin}/mcp/public` });
    expect((await client.listTools()).tools.map((tool) => tool.name)).toEqual(["read_commerce"]);
    const offers = await readJson<{ sandboxCheckout: { rawStripeIdsIncluded: boolean } }>(
      client,
      "commerce://source-data/sandboxCheckout",
    );
    expect(offers.sandboxCheckout.rawStripeIdsIncluded).toBe(false);
    await client.close();
  });

  test("sells the launch pass with its bump, from token to granted access", async () => {
    const { accessToken: token } = await obtainToken({
      fetch: overSocket,
      origin,
      as: devPeople().buyer,
      resource: `${origin}/mcp`,
      scopes: ["checkout:write"],
    });
    const client = await open({ send: overSocket, url: `${origin}/mcp`, token });
    const offer = await readJson<Offer>(client, "commerce://offers/sandbox-launch-pass");
    const [bump] = offer.orderBumps;
    const args = {
      offerId: "sandbox-launch-pass",
      orderBumpIds: [bump?.orderBumpId],
      confirmationText: bump?.confirmationText,
      idempotencyKey: `e2e-${name.replaceAll(/[^a-z0-9]+/g, "-")}`,
      expectedUpdatedAt: offer.updatedAt,
    };
    const call = (more: Record<string, unknown> = {}) =>
      client.callTool({ name: "start_checkout", arguments: { ...args, ...more } }) as Promise<{
        isError?: boolean;
        content: { text: string }[];
        structuredContent?: unknown;
      }>;

    const refused = await call({ confirmationText: offer.confirmationText });
    expect(refused.isError).toBe(true);
    expect(JSON.parse(refused.content[0]?.text ?? "")).toMatchObject({ code: "confirmation_mismatch" });
    expect(refused.structuredContent).toBeUndefined();

    const started = (await call()).structuredContent as Started;
    expect(started.result.amountCents).toBe(bump?.totalCents);
    expect((await call()).structuredContent).toEqual({ ...started, replayed: true });

    const redirect = await fetch(started.result.checkoutUrl, { redirect: "manual" });
    expect(redirect.status).toBe(303);
    const hosted = redirect.headers.get("Location") ?? "";
    expect(hosted.startsWith(sandboxUrl)).toBe(true);
    const paid = await fetch(hosted, {
      method: "POST",
      body: new URLSearchParams({ outcome: "paid" }),
      redirect: "manual",
    });
    expect(paid.status).toBe(303);
    const success = paid.headers.get("Location") ?? "";

    const uri = `commerce://checkouts/${started.result.checkoutIntentId}`;
    const checkout = await vi.waitUntil(
      async () => {
        const read = await readJson<{ status: string; entitlements: { productId: string }[] }>(client, uri);
        return read.status === "paid" && read;
      },
      { timeout: 240_000, interval: 200 },
    );
    expect(checkout.entitlements.map(({ productId }) => productId)).toEqual([
      "product-launch-bundle",
      "product-launch-checklist-download",
    ]);
    expect(await (await fetch(success)).text()).toContain("it is paid");
    await client.close();
  });
});

async function readJson<T>(client: AnyClient, uri: string): Promise<T> {
  const [content] = (await client.readResource({ uri })).contents as { text: string }[];
  return JSON.parse(content?.text ?? "null") as T;
}
