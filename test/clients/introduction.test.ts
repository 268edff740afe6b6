import { expect, test } from "vitest";
import { version } from "../../package.json";
import { describeInWorld } from "../support/describe-in-world.ts";
import { connect, connectV1 } from "../support/mcp.ts";
import { BUYER, ORIGIN } from "../support/world.ts";

describeInWorld("how the server introduces itself", { reset: true }, (world) => {
  test("a client of each protocol and endpoint is told the technical name and the name of the business", async () => {
    const name = "東京ベーカリー <Bäckerei>";
    await world.all("UPDATE businesses SET name = ?", name);
    const expected = { name: "agent-commerce-server", title: name, version };
    const token = await world.token(BUYER, "mcp");
    for (const wish of [
      { send: world.send, url: `${ORIGIN}/mcp/public` },
      { send: world.send, url: `${ORIGIN}/mcp`, token },
    ]) {
      for (const client of [await connect(wish), await connect(wish, "legacy"), await connectV1(wish)]) {
        expect(client.getServerVersion()).toEqual(expected);
      }
    }
  });

  test("no other method reads the name", async () => {
    const client = await connect({ send: world.send, url: `${ORIGIN}/mcp/public` });
    world.database.reset();
    await client.listTools();
    expect(world.database.trips()).toBe(0);
  });
});
