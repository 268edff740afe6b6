import { beforeAll, expect, test, vi } from "vitest";
import { resources } from "../../resources/index.ts";
import { isOwnerScope, SCOPES, type Scope } from "../../src/kernel/actor.ts";
import { readTools, writes } from "../../tools/index.ts";
import { wireAnswer } from "../fuzz/answers.ts";
import { READY_WRITES } from "../fuzz/ready-writes.ts";
import { unchanged } from "../support/database-state.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { idsOfTemplates } from "../support/every-resource.ts";
import { evidence } from "../support/evidence.ts";
import { launchPassCall } from "../support/launch-pass.ts";
import { openBrowser, revoke, signUp } from "../support/oauth.ts";
import { sale } from "../support/sale.ts";
import { tell } from "../support/tell.ts";
import { BUYER, ORIGIN, OWNER } from "../support/world.ts";

type Audience = "mcp" | "api";

/** A request that takes a token: all of it is right but the token. */
interface TokenDoor {
  readonly name: string;
  readonly audience: Audience;
  /** Any of these lets it in; none where every token does. */
  readonly scopes: readonly Scope[];
  /** Whether it names a row of the buyer's. */
  readonly ofBuyer: boolean;
  request(): Request;
}

/** A person who owns none of the rows. */
const STRANGER = { name: "Another buyer", email: "another@buyer.test", password: "another buyer's password" };

describeInWorld("every door that takes a token", {}, (world) => {
  const doors: TokenDoor[] = [];
  const count = { cells: 0, refused: 0, "let in with the right token": 0 };

  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    new Request(ORIGIN + path, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json, text/event-stream", ...headers },
      body: JSON.stringify(body),
    });
  const rpc = (method: string, params: object = {}) => post("/mcp", { jsonrpc: "2.0", id: 1, method, params });

  beforeAll(async () => {
    await signUp(openBrowser(world.send, ORIGIN), STRANGER);
    await sale(world, { bump: true });
    await evidence(world);
    const started = await launchPassCall(world);
    await world.send(
      withToken(
        post("/api/commerce/checkout", { ...started, idempotencyKey: undefined }, { "Idempotency-Key": "matrix" }),
        await world.token(BUYER, "api"),
      ),
    );
    const ids = await idsOfTemplates(world);
    const [operation] = await world.all<{ id: string }>("SELECT id FROM operations WHERE idempotency_key = 'matrix'");
    const [intent] = await world.all<{ id: string }>(
      "SELECT id FROM checkout_intents WHERE idempotency_key = 'matrix'",
    );
    const [product] = ids["commerce://products/{productId}"] ?? [];
    const own: Readonly<Record<string, string | undefined>> = {
      operationId: operation?.id,
      checkoutIntentId: intent?.id,
      productId: product,
    };
    const add = (door: TokenDoor) => doors.push(door);

    for (const method of ["tools/list", "resources/list", "resources/templates/list"]) {
      add({ name: method, audience: "mcp", scopes: SCOPES, ofBuyer: false, request: () => rpc(method) });
    }
    for (const { uri, readers } of resources) {
      const parameter = /\{(\w+)\}/.exec(uri);
      const id = parameter && (own[parameter[1] ?? ""] ?? ids[uri]?.[0]);
      const at = parameter ? uri.replace(parameter[0], encodeURIComponent(id ?? "absent")) : uri;
      const shared = {
        audience: "mcp",
        scopes: readers === "public" ? SCOPES : readers,
        ofBuyer: parameter !== null && readers !== "public" && readers.some((scope) => !isOwnerScope(scope)),
      } as const;
      add({ ...shared, name: `read ${uri}`, request: () => rpc("resources/read", { uri: at }) });
      const call = { name: "read_commerce", arguments: { uri: at } };
      add({ ...shared, name: `read_commerce ${uri}`, request: () => rpc("tools/call", call) });
    }
    const byId = { name: "get_operation", arguments: { operationId: operation?.id } };
    add({
      name: "get_operation",
      audience: "mcp",
      scopes: SCOPES,
      ofBuyer: true,
      request: () => rpc("tools/call", byId),
    });
    let keys = 0;
    for (const { write, actor, ready, subject } of READY_WRITES) {
      const { input, ...envelope } = await ready(world, actor);
      const shared = { scopes: [write.scope], ofBuyer: actor === BUYER && subject.argument !== undefined };
      const args = () => ({ ...input, ...envelope, idempotencyKey: `cell-${++keys}` });
      const call = () => rpc("tools/call", { name: write.name, arguments: args() });
      add({ ...shared, name: write.name, audience: "mcp", request: call });
      const path = write.route.slice("POST ".length);
      // The owner's routes take a session.
      if (path.startsWith("/api/admin/")) continue;
      const request = () => {
        const { idempotencyKey, ...body } = args();
        return post(path, body, { "Idempotency-Key": idempotencyKey });
      };
      add({ ...shared, name: write.route, audience: "api", request });
    }
    for (const [path, methods] of Object.entries(world.app().served.openApi().paths)) {
      for (const [method, described] of Object.entries(methods as Record<string, { security?: object[] }>)) {
        const scopes = (described.security ?? []).flatMap((one) => ("oauth" in one ? (one.oauth as Scope[]) : []));
        if (scopes.length === 0 || method === "post") continue;
        const filled = path.replace(/\{id\}/, operation?.id ?? "");
        expect(filled, `${path}: what is its parameter filled with?`).not.toContain("{");
        const request = () => new Request(ORIGIN + filled, { method: method.toUpperCase() });
        add({ name: `${method.toUpperCase()} ${path}`, audience: "api", scopes, ofBuyer: true, request });
      }
    }
  });

  const withToken = (request: Request, token: string) => {
    request.headers.set("Authorization", `Bearer ${token}`);
    return request;
  };
  /** Sends a request that is to be refused, and counts it. */
  const refused = async (request: Request) => {
    count.cells += 1;
    const answer = await wireAnswer(await world.send(request));
    if (answer.refused) count.refused += 1;
    return answer;
  };
  /** Runs cells that are all to be refused, and finds the whole database as it was. */
  const cells = (run: () => Promise<void>) => unchanged(world, run, ["bound_counts"]);

  /** Reads what the token store has of a token's grant; the answer puts it back. */
  async function keptOf(accessToken: string) {
    const store = world.bindings.OAUTH_KV;
    const [subject, grant] = accessToken.split(":");
    const { keys } = await store.list({ prefix: `token:${subject}:${grant}:` });
    expect(keys).toHaveLength(1);
    const kept = await Promise.all(keys.map(async ({ name }) => [name, (await store.get(name)) ?? ""] as const));
    return async () => {
      for (const [name, value] of kept) await store.put(name, value);
    };
  }

  test("every tool, resource and route with a token is a door", () => {
    const tools = doors.flatMap(({ name }) => [...writes, ...readTools].filter((tool) => name.startsWith(tool.name)));
    expect(new Set(tools).size).toBe(writes.length + readTools.length);
    const described = Object.entries(world.app().served.openApi().paths).flatMap(([path, methods]) =>
      Object.entries(methods as Record<string, { security?: object[] }>).flatMap(([method, { security = [] }]) =>
        security.some((one) => "oauth" in one) ? [`${method.toUpperCase()} ${path}`] : [],
      ),
    );
    expect(doors.map(({ name }) => name)).toEqual(expect.arrayContaining(described));
  });

  test("no token, one that is none, another audience's, one in the address, a revoked one, also where the token store still has it, and an expired one: 401", async () => {
    const token = { mcp: await world.token(OWNER, "mcp", SCOPES), api: await world.token(OWNER, "api", SCOPES) };
    const ended = { mcp: await world.grant(OWNER, "mcp", SCOPES), api: await world.grant(OWNER, "api", SCOPES) };
    const late = { mcp: await world.grant(OWNER, "mcp", SCOPES), api: await world.grant(OWNER, "api", SCOPES) };
    for (const grant of [...Object.values(ended), ...Object.values(late)]) {
      const putBack = await keptOf(grant.accessToken);
      await revoke(world.send, grant, grant.accessToken);
      // Workers KV deletes in its own time, up to a minute later elsewhere: these are still in the token store.
      if (Object.values(late).includes(grant)) await putBack();
    }
    const other = (audience: Audience) => token[audience === "mcp" ? "api" : "mcp"];
    const withLate = (door: TokenDoor) => withToken(door.request(), late[door.audience].accessToken);
    const inOneBody = (request: Request) => {
      request.headers.set("Accept", "*/*");
      return request;
    };
    const inAddress = (door: TokenDoor) => {
      const request = door.request();
      return new Request(`${request.url}?access_token=${token[door.audience]}`, request);
    };
    const cases: Record<string, (door: TokenDoor) => ReturnType<typeof refused>> = {
      none: (door) => refused(door.request()),
      "not a token": (door) => refused(withToken(door.request(), "not-a-token")),
      "another's form": (door) => refused(withToken(door.request(), `${token[door.audience]}x`)),
      "another audience's": (door) => refused(withToken(door.request(), other(door.audience))),
      "in the address": (door) => refused(inAddress(door)),
      revoked: (door) => refused(withToken(door.request(), ended[door.audience].accessToken)),
      "revoked, and still in the token store": (door) => refused(inOneBody(withLate(door))),
    };
    const tried = (what: string, ask: (door: TokenDoor) => ReturnType<typeof refused>) =>
      cells(async () => {
        for (const door of doors) {
          const { status, headers, text } = await ask(door);
          expect([door.name, what, status], text).toEqual([door.name, what, 401]);
          expect(headers.get("WWW-Authenticate"), `${door.name}, ${what}`).toMatch(/^Bearer /);
        }
      });
    for (const [what, ask] of Object.entries(cases)) await tried(what, ask);
    // The status of a stream of events is sent before the call has read the row: there the call itself is refused.
    await cells(async () => {
      for (const door of doors) {
        const { code, text } = await refused(withLate(door));
        expect([door.name, code], text).toEqual([door.name, "unauthenticated"]);
      }
    });
    const now = Date.now();
    vi.setSystemTime(now + 3_700_000);
    await tried("expired", (door) => refused(withToken(door.request(), token[door.audience])));
    vi.setSystemTime(now);
  });

  test("every set of scopes without the one that is needed: insufficient_scope", async () => {
    const sets = Array.from({ length: 2 ** SCOPES.length - 1 }, (_, at) =>
      SCOPES.filter((_scope, bit) => ((at + 1) >> bit) & 1),
    );
    for (const scopes of sets) {
      const token = { mcp: await world.token(OWNER, "mcp", scopes), api: await world.token(OWNER, "api", scopes) };
      await cells(async () => {
        for (const door of doors.filter((one) => !one.scopes.some((scope) => scopes.includes(scope)))) {
          const answer = await refused(withToken(door.request(), token[door.audience]));
          // A step-up is asked for where a client can do one; otherwise the tool or the read says so.
          expect([200, 403]).toContain(answer.status);
          expect([door.name, scopes, answer.code], answer.text).toEqual([
            door.name,
            scopes,
            expect.stringContaining("insufficient_scope"),
          ]);
        }
      });
    }
  });

  test("another person's row is not there, and the row's own person is let in", async () => {
    const scopes = SCOPES.filter((scope) => !isOwnerScope(scope));
    const theirs = { mcp: await world.token(STRANGER, "mcp", scopes), api: await world.token(STRANGER, "api", scopes) };
    const own = { mcp: await world.token(BUYER, "mcp", scopes), api: await world.token(BUYER, "api", scopes) };
    const ofBuyer = doors.filter((door) => door.ofBuyer);
    expect(ofBuyer.length).toBeGreaterThan(10);
    await cells(async () => {
      for (const door of ofBuyer) {
        const answer = await refused(withToken(door.request(), theirs[door.audience]));
        expect([door.name, answer.code], answer.text).toEqual([door.name, "not_found"]);
      }
    });
    for (const door of doors.filter((one) => one.scopes.some((scope) => !isOwnerScope(scope)))) {
      const answer = await wireAnswer(await world.send(withToken(door.request(), own[door.audience])));
      // A write that ran at one door is over at the other.
      const over = ["stale_state", "ineligible_state"].includes(answer.code ?? "");
      expect([door.name, answer.refused && !over], answer.text).toEqual([door.name, false]);
      count["let in with the right token"] += 1;
    }
  });

  test("the tally", ({ task }) => {
    expect(count.refused).toBe(count.cells);
    tell(task, "S3", { counts: { doors: doors.length, ...count } });
    console.info(`${doors.length} doors, ${count.cells} cells, ${count.refused} refused`);
  });
});
