import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { expect, inject, test } from "vitest";
import { devPeople } from "../../src/dev/local/dev-people.ts";
import { buyKnowingNothing } from "../support/knows-nothing.ts";
import { connect } from "../support/mcp.ts";
import { obtainToken, overSocket } from "../support/oauth.ts";

const { origin } = inject("server");

/** What three calls of a purchase may cost a model, beside `tools/list` (o200k_base). */
const MOST_TOKENS = 1_000;

test("an agent that knows nothing buys with three calls after tools/list", async () => {
  const scopes = ["checkout:write"];
  const resource = `${origin}/mcp`;
  const { accessToken: token } = await obtainToken({
    fetch: overSocket,
    origin,
    // The other tests of this server buy as the buyer, and an answer tells a person of their earlier orders.
    as: devPeople().owner,
    resource,
    scopes,
  });
  const client = await connect({ send: overSocket, url: resource, token });
  const { calls, result } = await buyKnowingNothing(client, ([first]) => first?.id ?? "");
  expect(result).toMatchObject({ status: "open", checkoutUrl: expect.stringContaining(origin) });
  expect(calls.map(({ name }) => name)).toEqual(["read_commerce", "read_commerce", "start_checkout"]);

  const listed = countTokens(JSON.stringify((await client.listTools()).tools));
  const cost = calls.map(({ name, sent, got }) => ({ name, sent: countTokens(sent), got: countTokens(got) }));
  const sum = cost.reduce((total, { sent, got }) => total + sent + got, 0);
  console.log(`a purchase: ${calls.length} calls, ${sum} tokens, after ${listed} of tools/list`, cost);
  expect(sum).toBeLessThanOrEqual(MOST_TOKENS);

  // The next run of this test, on the same server, is a first purchase too.
  const uri = `commerce://checkouts/${result.checkoutIntentId}`;
  const read = await client.callTool({ name: "read_commerce", arguments: { uri } });
  const { content: open } = read.structuredContent as { content: Record<string, unknown> };
  const ended = await client.callTool({
    name: "expire_checkout",
    arguments: {
      checkoutIntentId: result.checkoutIntentId,
      confirmationText: open.expireConfirmationText,
      expectedUpdatedAt: open.updatedAt,
      idempotencyKey: "end-of-the-first-purchase",
    },
  });
  expect(ended.isError ?? false).toBe(false);
});
