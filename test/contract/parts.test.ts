import type { Client } from "@modelcontextprotocol/client";
import { beforeAll, describe, expect, test } from "vitest";
import { resources } from "../../resources/index.ts";
import { BUSINESS_PARTS, type BusinessPart } from "../../src/db/schema/vocabulary.ts";
import { parseBusiness } from "../../src/dev/seeds/business.ts";
import { partsOf } from "../../src/dev/seeds/parts.ts";
import { readTools, writes } from "../../tools/index.ts";
import { ask, openAgent } from "../approvals/asking.ts";
import { bundledBusiness, bundledFiles } from "../support/bundled-seeds.ts";
import { actionsIn, crawl, type Visited } from "../support/crawl.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { evidence } from "../support/evidence.ts";
import { connect } from "../support/mcp.ts";
import { type Browser, hiddenFields, openBrowser, signIn } from "../support/oauth.ts";
import { namesOf, OF_PART } from "../support/part-names.ts";
import { planCall, planDoors } from "../support/plans.ts";
import { type Sale, sale } from "../support/sale.ts";
import { BUYER, ORIGIN, OWNER } from "../support/world.ts";

/** Without prose, and without the words of plans: they name what the business has. */
function withoutProse() {
  const { plans } = bundledFiles["plans.json"] as { plans: Record<string, unknown>[] };
  const worded = ["label", "headline", "cta", "description", "bestFor", "included"];
  const bare = plans.map((plan) => Object.fromEntries(Object.entries(plan).filter(([key]) => !worded.includes(key))));
  const others = Object.entries(bundledFiles).filter(([path]) => !path.startsWith("prose/"));
  return parseBusiness({ ...Object.fromEntries(others), "plans.json": { plans: bare } });
}

const CASES: readonly (readonly BusinessPart[])[] = [
  ["offers", "upsells", "affiliates"],
  ...BUSINESS_PARTS.filter((part) => part !== "offers").map((part) => [part]),
  ["plans", "upsells", "affiliates"],
  ["offers", "access", "files", "upsells", "affiliates"],
  BUSINESS_PARTS,
];

test("the reference uses all parts, and each is read from the files", () => {
  expect(partsOf(bundledBusiness().files)).toEqual(BUSINESS_PARTS);
  const { files } = bundledBusiness();
  const without = (changed: Partial<typeof files>) => {
    const left = partsOf({ ...files, ...changed });
    return BUSINESS_PARTS.filter((part) => !left.includes(part));
  };
  const access = files["access-catalog"];
  const stacks = (...roles: string[]) => ({
    stacks: files.offers.stacks.map((stack) => ({
      ...stack,
      offers: stack.offers.filter(({ role }) => !roles.includes(role)),
    })),
  });
  expect(without({})).toEqual([]);
  expect(without({ plans: { plans: [] } })).toEqual(["plans"]);
  expect(without({ affiliates: { programs: [] } })).toEqual(["affiliates"]);
  expect(without({ offers: { stacks: [] } })).toEqual(["offers", "upsells", "affiliates"]);
  expect(without({ offers: stacks("upsell") })).toEqual([]);
  expect(without({ offers: stacks("upsell", "downsell") })).toEqual(["upsells"]);
  expect(without({ "access-catalog": { ...access, grantMaps: [] } })).toEqual(["access"]);
  const products = access.products.map((product) => ({
    ...product,
    assets: product.assets.filter(({ kind }) => kind !== "file"),
  }));
  expect(without({ "access-catalog": { ...access, products } })).toEqual(["files"]);
});

/** Every row of every part is there, as after a year in which the business used it. */
describeInWorld("a business that no longer uses a part", { business: withoutProse }, (world) => {
  let owner: Browser;
  let agent: { everyday: string; owner: string };
  let sold: Sale;
  beforeAll(async () => {
    await evidence(world);
    sold = await sale(world, { bump: true, referred: true });
    const plans = await planDoors(world);
    expect((await plans.http(await planCall(world))).code).toBeUndefined();
    owner = openBrowser(world.send, ORIGIN);
    await signIn(owner, OWNER);
    agent = {
      everyday: await world.token(BUYER, "mcp", ["checkout:write", "affiliates:write"]),
      owner: await world.token(OWNER, "mcp", ["checkout:write", "affiliates:write", "owner:read", "owner:write"]),
    };
  });

  describe.each(CASES.map((absent) => [absent.join(", "), absent] as const))("without %s", (_, absent) => {
    const gone = absent.map((part) => OF_PART[part]);
    const present = BUSINESS_PARTS.filter((part) => !absent.includes(part));
    const ofAbsent = <T>(pick: (of: (typeof gone)[number]) => readonly T[]) => gone.flatMap(pick);
    let mcp: Client;
    let open: Client;
    let document: Record<string, unknown>;
    let pages: readonly Visited[];
    beforeAll(async () => {
      world.restart({ BUSINESS_PARTS: present.join(",") });
      mcp = await connect({ send: world.send, url: `${ORIGIN}/mcp`, token: agent.owner });
      open = await connect({ send: world.send, url: `${ORIGIN}/mcp/public` });
      document = await (await world.fetch("/commerce/source-data")).json();
      const starts = ["/", "/account", "/owner", `/commerce/checkout/success/${sold.token}`];
      pages = await crawl(owner, starts);
    });

    test("its tools and resources are not listed, all others are, and each list can be read", async () => {
      const tools = (await mcp.listTools()).tools.map(({ name }) => name);
      const all = [...writes, ...readTools].map(({ name }) => name);
      expect(tools.sort()).toEqual(all.filter((name) => !ofAbsent(({ tools: own }) => own).includes(name)).sort());
      const listed = [
        ...(await mcp.listResources()).resources.map(({ uri }) => uri),
        ...(await mcp.listResourceTemplates()).resourceTemplates.map(({ uriTemplate }) => uriTemplate),
      ];
      const heads = ofAbsent(({ uris }) => uris).map((uri) => uri.split("/").slice(0, 3).join("/"));
      const isGone = (uri: string) => heads.some((head) => uri === head || uri.startsWith(`${head}/`));
      expect(listed.sort()).toEqual(
        resources
          .map(({ uri }) => uri)
          .filter((uri) => !isGone(uri))
          .sort(),
      );
      for (const uri of listed.filter((one) => !one.includes("{"))) {
        const { contents } = await mcp.readResource({ uri });
        expect(contents[0], uri).toHaveProperty("text");
      }
    });

    test("a call of them is answered as one of an unknown name", async () => {
      const unknown = async (uri: string) => {
        const answer = await mcp.callTool({ name: "read_commerce", arguments: { uri } });
        expect(answer.isError, uri).toBe(true);
        return (answer.content as { text: string }[])[0]?.text;
      };
      const words = await unknown("commerce://no-such-thing");
      for (const uri of ofAbsent(({ uris }) => uris)) expect(await unknown(uri), uri).toBe(words);
      for (const name of ofAbsent(({ tools }) => tools)) {
        await expect(mcp.callTool({ name, arguments: {} }), name).rejects.toThrow(/not found/i);
      }
      const links = ["/commerce/post-purchase/", "/pricing/success/"].map((page) => page + sold.token);
      const paths = ofAbsent((of) => of.paths);
      for (const path of [...paths, ...links.filter((link) => paths.includes(link.replace(sold.token, "x")))]) {
        for (const method of ["GET", "POST", "PUT", "OPTIONS"]) {
          const [answer, other] = await Promise.all(
            [path, `${path.replace(/^(\/[a-z]+).*/, "$1")}/no-such-path`].map((at) => world.fetch(at, { method })),
          );
          expect([method, path, answer?.status, await answer?.text()]).toEqual([
            method,
            path,
            404,
            await other?.text(),
          ]);
        }
      }
    });

    test("its arguments are refused as unknown ones", async () => {
      if (!present.includes("offers") || !absent.includes("affiliates")) return;
      const answer = await mcp.callTool({
        name: "start_checkout",
        arguments: {
          offerId: "sandbox-launch-pass",
          referralClickId: "click-1",
          expectedUpdatedAt: "2026-05-22T00:00:00.000Z",
          idempotencyKey: "unknown-argument",
        },
      });
      expect(JSON.stringify(answer.content)).toMatch(/invalid_input.*referralClickId/);
    });

    test("its scopes are not offered, asked for, or of use", async () => {
      const { scopes_supported } = await (await world.fetch("/.well-known/oauth-authorization-server/oauth")).json<{
        scopes_supported: string[];
      }>();
      const challenge = (await world.fetch("/mcp", { method: "POST" })).headers.get("WWW-Authenticate");
      for (const scope of ofAbsent(({ scopes }) => scopes)) {
        expect(scopes_supported).not.toContain(scope);
        expect(challenge).not.toContain(scope);
        expect((await world.grant(BUYER, "mcp", ["checkout:write", scope])).scopes).toEqual(["checkout:write"]);
        await expect(world.grant(BUYER, "mcp", [scope])).rejects.toThrow("access_denied");
      }
      // An earlier token still works for what is there.
      const client = await connect({ send: world.send, url: `${ORIGIN}/mcp`, token: agent.everyday });
      await client.readResource({ uri: "commerce://checkouts" });
    });

    test("no link of a page or of the document is dead", async () => {
      expect(pages.length).toBeGreaterThan(20);
      expect(pages.filter(({ status }) => status >= 404 && status !== 405)).toEqual([]);
      for (const action of new Set(pages.flatMap(({ html }) => actionsIn(html)))) {
        expect((await owner.get(action)).status, action).not.toBe(404);
      }
      const paths = textsOf(withoutTargets(document)).filter((text) => /^\/[a-z/-]+$/.test(text));
      expect(paths.includes("/api/stripe/webhook")).toBe(present.includes("offers"));
      for (const path of paths) expect(await isKnown(path), path).toBe(true);
      const uris = JSON.stringify([await listsOf(mcp), await listsOf(open), document]).match(/commerce:\/\/[\w/{}-]+/g);
      const known = resources.filter(({ part }) => part === undefined || present.includes(part)).map(({ uri }) => uri);
      expect(uris?.length).toBeGreaterThan(5);
      for (const uri of uris ?? [])
        expect(
          known.some((one) => isNamedBy(one, uri)),
          uri,
        ).toBe(true);
    });

    test("the document has no section, table or key of it, and every section can be read", async () => {
      for (const section of ofAbsent(({ sections }) => sections)) expect(document).not.toHaveProperty(section);
      const { resourceTemplates } = await open.listResourceTemplates();
      const about = resourceTemplates.find(({ uriTemplate }) => uriTemplate.endsWith("{section}"))?.description;
      const sections = about?.match(/\w+(?=[,.])/g) ?? [];
      expect(sections).toEqual(Object.keys(document).filter((key) => !/^(?:id|updatedAt|stripe\w+)$/.test(key)));
      for (const section of sections) await world.read(`commerce://source-data/${section}`);
      const tables = (document.tables as { table: string }[]).map(({ table }) => table);
      for (const table of ofAbsent((of) => of.tables)) expect(tables).not.toContain(table);
      for (const table of tables) await world.read(`commerce://tables/${table}`);
    });

    test("nothing that it answers names it", async () => {
      const texts: [string, string][] = [
        ["document", JSON.stringify(withoutColumns(document))],
        ["lists", JSON.stringify(await listsOf(mcp))],
        ["public lists", JSON.stringify(await listsOf(open))],
        ["health", JSON.stringify(await mcp.readResource({ uri: "commerce://health" }))],
        ...pages
          .filter(({ path }) => !path.startsWith("/owner/operations"))
          .map(({ path, html }): [string, string] => [path, withoutStyle(html)]),
      ];
      const found = absent.flatMap((part) =>
        namesOf(part).flatMap((name) =>
          texts.flatMap(([where, text]) =>
            name.test(text) ? [`${where} names ${name} of ${part}: ${around(text, name)}`] : [],
          ),
        ),
      );
      expect(found).toEqual([]);
    });

    test("the scheduled run and a stored operation still work", async () => {
      await world.scheduled();
      expect((await world.fetch("/health")).status).toBe(200);
      const { contents } = await mcp.readResource({ uri: `commerce://checkouts/${sold.checkoutIntentId}` });
      expect(contents[0]).toHaveProperty("text", expect.stringContaining('"status":"paid"'));
    });
  });

  test("an approval that waits can't be given while its write is not there, and can again when it is", async () => {
    world.restart();
    const asking = await openAgent(world);
    const page = await ask(world, asking, "waits-for-a-part");
    const buyer = openBrowser(world.send, ORIGIN);
    await signIn(buyer, BUYER);
    const shown = await buyer.get(page);
    const fields = hiddenFields(await shown.text(), page);
    world.restart({ BUSINESS_PARTS: "plans,access" });
    const answers = [await buyer.get(page), await buyer.post(page, { ...fields, decision: "approve" })];
    expect(answers.map(({ status }) => status)).toEqual([404, 404]);
    expect(await (await buyer.get("/account")).text()).not.toContain(page);
    expect((await asking.standing("waits-for-a-part")).status).not.toBe("succeeded");
    expect(await world.all("SELECT id FROM operations WHERE idempotency_key = 'waits-for-a-part'")).toEqual([]);
    world.restart();
    expect((await buyer.get(page)).status).toBe(200);
  });

  test("with all parts again, all is there again", async () => {
    world.restart();
    const mcp = await connect({ send: world.send, url: `${ORIGIN}/mcp`, token: agent.owner });
    expect((await mcp.listTools()).tools).toHaveLength(writes.length + readTools.length);
    for (const part of BUSINESS_PARTS) {
      const all = JSON.stringify([await listsOf(mcp), await (await world.fetch("/commerce/source-data")).json()]);
      const { paths: _, ...named } = OF_PART[part];
      for (const text of [named.tools, named.sections, named.tables].flat()) expect(all).toContain(text);
      for (const name of named.words.slice(0, 1)) expect(all).toMatch(name);
    }
  });

  /** Whether a path of the document is one of the router's; some are followed by a link. */
  async function isKnown(path: string): Promise<boolean> {
    for (const at of [path, `${path}/absent`]) {
      const answer = await world.fetch(at);
      if (answer.status !== 404 || !answer.headers.get("Content-Type")?.includes("problem+json")) return true;
    }
    return false;
  }
});

/** Every list of an MCP endpoint, with the instructions. */
async function listsOf(client: Client) {
  return [
    client.getInstructions(),
    (await client.listTools()).tools,
    (await client.listResources()).resources,
    (await client.listResourceTemplates()).resourceTemplates,
  ];
}

/** Every text of a JSON value. */
function textsOf(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsOf) : [];
}

/** A template, its beginning, or a URI that fills it. */
const isNamedBy = (template: string, uri: string) =>
  template === uri || new RegExp(`^${template.replace(/\{\w+\}/g, "[\\w-]+")}$`).test(uri);

/** The pages that partners link to are the business's own site. */
const withoutTargets = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (key, one: unknown) => (/^destination_?route$/i.test(key) ? undefined : one)));

/** Columns are the table's own: a column that stays empty is still a column. */
const withoutColumns = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (key, one: unknown) => (/Fields$/.test(key) ? [] : one)));

const withoutStyle = (html: string) => html.replaceAll(/<style>.*?<\/style>/gs, "");

const around = (text: string, name: RegExp) => {
  const at = text.search(name);
  return text.slice(Math.max(0, at - 60), at + 60);
};
