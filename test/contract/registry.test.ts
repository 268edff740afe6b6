import { beforeAll, describe, expect, test } from "vitest";
import { resources } from "../../resources/index.ts";
import { limitBindings } from "../../src/base/bounds.ts";
import { SCOPES } from "../../src/kernel/actor.ts";
import { readTools, writes } from "../../tools/index.ts";
import { unchanged } from "../support/database-state.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { launchPassCall } from "../support/launch-pass.ts";
import { connect, connectV1 } from "../support/mcp.ts";
import { ORIGIN, OWNER } from "../support/world.ts";

const ENVELOPE = ["confirmationText", "idempotencyKey", "expectedUpdatedAt"];

type Schema = {
  type?: string;
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
};
interface Tool {
  name: string;
  title?: string;
  description?: string;
  annotations?: { readOnlyHint?: boolean };
  inputSchema: Schema;
  outputSchema?: Schema;
}

declare global {
  interface ImportMeta {
    /** Vite's: every file that fits, with what it exports. */
    glob(pattern: string, options: { eager: true }): Record<string, Record<string, unknown>>;
  }
}
const toolFiles = import.meta.glob("../../tools/*.ts", { eager: true });
const resourceFiles = import.meta.glob("../../resources/*.ts", { eager: true });

describeInWorld("the registries", {}, (world) => {
  let token: string;
  beforeAll(async () => {
    token = await world.token(OWNER, "mcp", [...SCOPES]);
  });

  const ENDPOINTS = ["mcp", "mcp/public"] as const;
  type Endpoint = (typeof ENDPOINTS)[number];
  const wish = (endpoint: Endpoint) => ({
    send: world.send,
    url: `${ORIGIN}/${endpoint}`,
    ...(endpoint === "mcp" && { token }),
  });

  /** Everything that an endpoint lists. */
  async function listed(endpoint: Endpoint, client: "modern" | "legacy" | "v1") {
    const found = client === "v1" ? await connectV1(wish(endpoint)) : await connect(wish(endpoint), client);
    const { tools } = await found.listTools();
    const { resources } = await found.listResources();
    const { resourceTemplates } = await found.listResourceTemplates();
    return { tools, resources, resourceTemplates };
  }

  describe.each(ENDPOINTS)("/%s", (endpoint) => {
    test("lists the same in both protocol eras and to the client of 2025, as committed", async () => {
      const lists = await listed(endpoint, "modern");
      expect(JSON.stringify(await listed(endpoint, "legacy"))).toBe(JSON.stringify(lists));
      expect(JSON.parse(JSON.stringify(await listed(endpoint, "v1")))).toEqual(JSON.parse(JSON.stringify(lists)));
      const name = endpoint.replace("/", "-");
      for (const [kind, list] of Object.entries(lists)) {
        const file = `./__snapshots__/${name}.${kind}.json`;
        await expect(`${JSON.stringify(list, null, 2)}\n`).toMatchFileSnapshot(file);
      }
    });

    test("every tool says what it is, and describes every argument", async () => {
      const tools = (await listed(endpoint, "modern")).tools as Tool[];
      for (const tool of tools) {
        expect(tool.title, tool.name).toMatch(/^[A-Z][a-z -]+$/);
        expect(tool.description?.length, tool.name).toBeGreaterThan(40);
        expect(tool.annotations?.readOnlyHint, tool.name).toBe(!writes.some((write) => write.name === tool.name));
        expect(tool.outputSchema?.type, tool.name).toBe("object");
        for (const [name, argument] of Object.entries(tool.inputSchema.properties ?? {})) {
          expect(argument.description, `${tool.name}.${name}`).toBeTruthy();
        }
      }
    });
  });

  test("the public door lists no write and refuses one that is called anyway", async () => {
    const names = (await listed("mcp/public", "modern")).tools.map(({ name }) => name);
    expect(names).toEqual(readTools.filter((tool) => tool.public).map(({ name }) => name));
    const args = await launchPassCall(world);
    const authorized = { ...wish("mcp/public"), token };
    for (const client of [await connect(wish("mcp/public")), await connect(authorized)]) {
      for (const write of [...writes, ...readTools.filter((tool) => !tool.public)]) {
        const refused = await unchanged(world, () =>
          client.callTool({ name: write.name, arguments: args }).then(
            (answer) => ({ answered: answer.isError !== true }),
            () => ({ answered: false }),
          ),
        );
        expect([write.name, refused]).toEqual([write.name, { answered: false }]);
      }
      for (const uri of ["commerce://checkouts", "commerce://operations", "commerce://health"]) {
        await expect(client.readResource({ uri }), uri).rejects.toThrow();
      }
    }
  });

  describe("declarations", () => {
    test("the envelope is the kernel's: no write declares a word of it, and every tool shows all of it", async () => {
      const { tools } = await listed("mcp", "modern");
      for (const write of writes) {
        expect(Object.keys(write.input.shape).filter((name) => ENVELOPE.includes(name))).toEqual([]);
        const shown = (tools as Tool[]).find(({ name }) => name === write.name)?.inputSchema;
        expect(Object.keys(shown?.properties ?? {})).toEqual([...Object.keys(write.input.shape), ...ENVELOPE]);
        // A person may confirm later: the sentence is the one part that a call can do without.
        expect(shown?.required).toEqual(expect.arrayContaining(["idempotencyKey", "expectedUpdatedAt"]));
        expect(shown?.required).not.toContain("confirmationText");
      }
    });

    test("every write stands in the published contracts under its own name and route", () => {
      for (const write of writes) {
        const { contract } = write;
        expect([contract.write, `POST ${contract.route}`]).toEqual([write.name, write.route]);
        for (const name of Object.keys(write.output.shape)) {
          expect(contract.serverPrivateFields, `${write.name}.${name}`).not.toContain(
            name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
          );
        }
      }
    });

    test("every write's route answers GET with its contract, and it names every argument", async () => {
      for (const write of writes) {
        const answer = await world.fetch(write.route.slice("POST ".length));
        expect([write.name, answer.status]).toEqual([write.name, 200]);
        const contract = (await answer.json()) as {
          write: string;
          inputSchema: Schema;
          outputSchema: Schema;
          publicSafeFields: string[];
          serverPrivateFields: string[];
          rawStripeIdsIncluded: boolean;
        };
        expect(contract).toMatchObject({ write: write.name, scope: write.scope, rawStripeIdsIncluded: false });
        expect(Object.keys(contract.inputSchema.properties ?? {})).toEqual(
          expect.arrayContaining([...Object.keys(write.input.shape), "confirmationText", "expectedUpdatedAt"]),
        );
      }
    });

    test("a file declares one tool or resource, and has its name", () => {
      const files = { ...toolFiles, ...resourceFiles };
      const registered = new Set<unknown>([...writes, ...readTools, ...resources]);
      let declared = 0;
      for (const [path, module] of Object.entries(files)) {
        if (path.endsWith("/index.ts")) continue;
        const names = Object.values(module).flatMap((value) =>
          registered.has(value) ? [(value as { name: string }).name] : [],
        );
        const stem = path.replace(/^.*\/|\.ts$/g, "");
        const expected = path.includes("/tools/") ? stem.replaceAll("-", "_") : stem;
        expect([path, names]).toEqual([path, [expected]]);
        declared++;
      }
      expect(declared).toBe(registered.size);
    });

    test("names and addresses are unique", () => {
      const tools = [...writes, ...readTools].map(({ name }) => name);
      expect(new Set(tools).size).toBe(tools.length);
      for (const values of [resources.map(({ name }) => name), resources.map(({ uri }) => uri)]) {
        expect(new Set(values).size).toBe(values.length);
      }
      for (const { uri } of resources) expect(uri).toMatch(/^commerce:\/\/[a-z-]+(\/[a-z-]+|\/\{[a-zA-Z]+\})*$/);
    });
  });

  test("reading a resource takes one round trip, at either door and by either way, the token's check included; a kept one takes none", async () => {
    const cases = [
      [
        "mcp",
        [
          "commerce://source-data",
          "commerce://offers",
          "commerce://plans",
          "commerce://offers/sandbox-launch-pass",
          "commerce://checkouts",
          "commerce://operations",
        ],
      ],
      [
        "mcp/public",
        [
          "commerce://offers",
          "commerce://plans",
          "commerce://source-data",
          "commerce://source-data/sandboxCheckout",
          "commerce://offers/sandbox-launch-pass",
        ],
      ],
    ] as const;
    for (const [endpoint, uris] of cases) {
      const client = await connect(wish(endpoint));
      for (const uri of uris) {
        world.database.reset();
        await client.readResource({ uri });
        expect([endpoint, uri, world.database.trips()]).toEqual([endpoint, uri, 1]);
        world.database.reset();
        await client.callTool({ name: "read_commerce", arguments: { uri } });
        expect([endpoint, uri, world.database.trips()]).toEqual([endpoint, uri, endpoint === "mcp" ? 1 : 0]);
      }
    }
  });

  test("calls over the limit are refused with the seconds to wait, at every door", async () => {
    const none = { limit: async () => ({ success: false }) };
    const client = await connect(wish("mcp"));
    const args = await launchPassCall(world);
    const api = await world.token(OWNER, "api", ["checkout:write"]);
    world.restart(Object.fromEntries(limitBindings.map((name) => [name, none])));
    const called = await unchanged(world, () => client.callTool({ name: "start_checkout", arguments: args }), [
      "bounds_met",
    ]);
    const [block] = called.content as { text: string }[];
    expect([called.isError, JSON.parse(block?.text ?? "")]).toMatchObject([
      true,
      { code: "rate_limited", retryAfterSeconds: 60 },
    ]);
    for (const [path, authorization] of [
      ["/api/commerce/checkout", `Bearer ${api}`],
      ["/api/affiliates/clicks", ""],
    ] as const) {
      const answer = await world.fetch(path, {
        method: "POST",
        headers: { "Content-Type": "application/json", ...(authorization && { Authorization: authorization }) },
        body: "{}",
      });
      expect([path, answer.status, answer.headers.get("Retry-After")]).toEqual([path, 429, "60"]);
    }
    world.restart();
  });
});
