import { expect, test } from "vitest";
import { SCOPES } from "../../src/kernel/actor.ts";
import { writes } from "../../tools/index.ts";
import { openMailbox } from "../auth/mailbox.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { everyUri, idsOfTemplates } from "../support/every-resource.ts";
import { deliveringBusiness, mailedLink, openLink, sellGoods, uploadChecklist } from "../support/goods.ts";
import { connect } from "../support/mcp.ts";
import { BUYER, ORIGIN, OWNER } from "../support/world.ts";

describeInWorld("a mailed link", { business: () => deliveringBusiness() }, (world) => {
  test("is in no answer that a model sees, used or not, nor is the cookie that it sets", async () => {
    openMailbox(world);
    const goods = await sellGoods(world);
    await uploadChecklist(world);
    const [used, unused] = [await mailedLink(world, goods), await mailedLink(world, goods)];
    const { browser } = await openLink(world, used);
    expect((await browser.get(goods.payerPath)).status).toBe(200);
    const cookie = browser.cookies.get("__Host-commerce.order") ?? "";
    const hashes = await world.all<{ token_sha256: string }>("SELECT token_sha256 FROM order_links");
    const secrets = [
      ...[used, unused].map((path) => path.split("/").at(-1) ?? ""),
      ...hashes.map(({ token_sha256 }) => token_sha256),
      cookie,
    ];
    // Two that were asked for, and that of the mail which confirms the order.
    expect(hashes).toHaveLength(3);
    expect(secrets.filter(({ length }) => length <= 40)).toEqual([]);

    world.recorded = [];
    const uris = everyUri(await idsOfTemplates(world));
    for (const person of [OWNER, BUYER]) {
      const token = await world.token(person, "mcp", person === OWNER ? [...SCOPES] : ["checkout:write"]);
      const client = await connect({ send: world.send, url: `${ORIGIN}/mcp`, token });
      const { tools } = await client.listTools();
      for (const uri of uris) {
        await client.readResource({ uri }).catch(() => undefined);
        await client.callTool({ name: "read_commerce", arguments: { uri } });
      }
      for (const { name } of tools) await client.callTool({ name, arguments: {} }).catch(() => undefined);
      const operations = await world.all<{ id: string }>("SELECT id FROM operations");
      const api = await world.token(person, "api");
      for (const { id } of operations) {
        await client.callTool({ name: "get_operation", arguments: { operationId: id } });
        for (const path of [`/api/operations/${id}`, `/api/operations/${id}/receipt`]) {
          await world.fetch(path, { headers: { Authorization: `Bearer ${api}` } });
        }
      }
      for (const { route } of writes) {
        const [method = "", path = ""] = route.split(" ");
        await world.fetch(path, { method, headers: { Authorization: `Bearer ${api}` }, body: "{}" });
      }
    }
    const answers = world.recorded;
    expect(answers.length).toBeGreaterThan(100);
    // The search works: the answers do tell of the order.
    expect(answers.some((answer) => answer.includes(goods.checkoutIntentId))).toBe(true);
    const said = [...answers, ...world.log.map((line) => JSON.stringify(line))].join("\n").toLowerCase();
    expect(secrets.filter((secret) => said.includes(secret.toLowerCase()))).toEqual([]);
    expect(said).not.toContain("/order/");
  });
});
