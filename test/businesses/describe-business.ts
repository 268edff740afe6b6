import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { expect, test } from "vitest";
import { shownMoney } from "../../src/base/shown.ts";
import { SCOPES } from "../../src/kernel/actor.ts";
import { assertPlain, openMailService } from "../mails/outbox.ts";
import { type BusinessName, businessOf, peopleOf, textsOfReferenceAlone } from "../support/businesses.ts";
import { crawl } from "../support/crawl.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { intentRow, resultOf, sessionBehind } from "../support/launch-pass.ts";
import { connect } from "../support/mcp.ts";
import { openBrowser, signIn } from "../support/oauth.ts";
import { ORIGIN, type World } from "../support/world.ts";

type Fields = Record<string, string>;

/** An agent that knows the list of tools, and counts what it reads. */
async function newAgent(world: World, person: { email: string; password: string }) {
  const token = await world.token(person, "mcp", ["checkout:write"]);
  const client = await connect({ send: world.send, url: `${ORIGIN}/mcp`, token });
  const { tools } = await client.listTools();
  const answers: string[] = [];
  return {
    tools,
    answers,
    tokensOfTools: countTokens(JSON.stringify(tools)),
    async call(name: string, args: Record<string, unknown>) {
      const answer = await client.callTool({ name, arguments: args });
      const [block] = answer.content as { text: string }[];
      answers.push(block?.text ?? "");
      if (answer.isError) throw new Error(`${name}: ${block?.text}`);
      return answer.structuredContent as { content: { items: Fields[] } & Fields; result: Fields };
    },
  };
}

/**
 * A sale, every link, and the words of one business. Each business has a test file of its own: the worlds of one file share
 * a database.
 */
export function describeBusiness(name: BusinessName): void {
  const business = businessOf(name);
  const { buyer, owner } = peopleOf(business);
  const { locale, name: shopName, confirmationName } = business.files.business;
  const sellsOffers = business.files.offers.stacks.length > 0;
  const list = sellsOffers ? "commerce://offers" : "commerce://plans";

  describeInWorld(`${name}: a sale by an agent that knows nothing`, { business: () => business }, (world) => {
    let checkoutIntentId = "";

    test("takes three calls after tools/list", async () => {
      const { mails } = openMailService(world);
      world.recorded = [];
      const agent = await newAgent(world, buyer);
      expect(agent.tools.find((tool) => tool.name === "read_commerce")?.description).toContain(list);
      const { content } = await agent.call("read_commerce", { uri: list });
      const [first] = content.items;
      const { content: read } = await agent.call("read_commerce", { uri: `${list}/${first?.id}` });
      const { result } = await agent.call(sellsOffers ? "start_checkout" : "start_plan_checkout", {
        [sellsOffers ? "offerId" : "planSlug"]: first?.id,
        confirmationText: read.confirmationText,
        expectedUpdatedAt: read.updatedAt,
        idempotencyKey: `sale-${name}`,
      });
      expect(read.confirmationText).toContain(confirmationName);
      expect(read.confirmationText).toMatch(/^[\x20-\x7E]+$/);
      checkoutIntentId = String(result.checkoutIntentId);
      const tokens = countTokens(agent.answers.join("\n"));
      expect(agent.answers).toHaveLength(3);
      console.log(
        `${name}: ${agent.tools.length} tools of ${agent.tokensOfTools} tokens; a purchase in 3 calls whose answers have ${tokens} tokens`,
      );
      expect(tokens).toBeLessThan(1600);

      const session = await sessionBehind(world, resultOf({ body: { result } } as never));
      expect([session.currency, session.amount_total]).toEqual([first?.currency, first?.amountCents]);
      await world.sandbox.pay(session.id, "paid");
      await world.deliver();
      expect((await intentRow(world, checkoutIntentId)).status).toBe("paid");
      // Its mail writes names and amounts as the business does.
      const confirmed = mails.find(({ subject }) => subject.endsWith("is paid"));
      expect(confirmed?.subject).toContain(shopName);
      expect(confirmed?.text).toContain(String(first?.name));
      expect(confirmed?.text).toContain(shownMoney(Number(session.amount_total), String(session.currency), { locale }));
      assertPlain(mails);
      const browser = openBrowser(world.send, ORIGIN);
      await signIn(browser, buyer);
      const success = await (await browser.get(new URL(session.success_url ?? "").pathname)).text();
      expect(success).toContain(String(first?.name));
      expect(success).toContain(shopName);
    });

    test("no link, tool, scope or resource leads nowhere", async () => {
      for (const [person, start] of [
        [undefined, ["/", "/sign-in", "/sign-up"]],
        [buyer, ["/", "/account"]],
        [owner, ["/", "/account", "/owner"]],
      ] as const) {
        const browser = openBrowser(world.send, ORIGIN);
        if (person) await signIn(browser, person);
        const visited = await crawl(browser, start);
        expect(visited.filter(({ status }) => status >= 400)).toEqual([]);
        expect(visited.length).toBeGreaterThan(3);
      }
      // A scope that opens nothing here is not granted.
      const token = await world.token(owner, "mcp", [...SCOPES]);
      const client = await connect({ send: world.send, url: `${ORIGIN}/mcp`, token });
      const { resources } = await client.listResources();
      for (const { uri } of resources) await client.readResource({ uri });
      expect(resources[0]?.uri).toBe(list);
      const { tools } = await client.listTools();
      const { resourceTemplates } = await client.listResourceTemplates();
      const known = [...resources.map(({ uri }) => uri), ...resourceTemplates.map(({ uriTemplate }) => uriTemplate)];
      const described = JSON.stringify([tools, resources, resourceTemplates, client.getInstructions()]);
      const named = [...described.matchAll(/commerce:\/\/[\w/{}-]+/g)].map(([uri]) => uri);
      expect(named.filter((uri) => !known.some((one) => one.startsWith(uri)))).toEqual([]);
    });

    test.runIf(name !== "reference")("nothing that is answered is the reference's", async () => {
      const documents = ["/commerce/source-data", "/.well-known/oauth-authorization-server", "/openapi.json"];
      for (const path of documents) await world.fetch(path);
      const answered = (world.recorded ?? []).join("\n");
      expect(answered.length).toBeGreaterThan(50_000);
      const held = textsOfReferenceAlone(name).filter((text) => answered.includes(text));
      expect(answered.toLowerCase()).not.toContain(businessOf("reference").files.business.name.toLowerCase());
      expect(held).toEqual([]);
    });

    test("names carry the language of the business", async () => {
      const page = await (await world.fetch("/")).text();
      const language = new Intl.Locale(locale).language;
      expect(page).toContain(language === "en" ? `<bdi>${shopName}` : `<bdi lang="${language}">${shopName}`);
      expect(page).toContain('<html lang="en">');
    });
  });
}
