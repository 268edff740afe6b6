import { beforeAll, describe, expect, test } from "vitest";
import { resources } from "../../resources/index.ts";
import { isOwnerScope, SCOPES, type Scope } from "../../src/kernel/actor.ts";
import { writes } from "../../tools/index.ts";
import { READY_WRITES, type ReadyWrite } from "../fuzz/ready-writes.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import type { Person } from "../support/doors.ts";
import { lowerProofs } from "../support/lowered-proofs.ts";
import { tell } from "../support/tell.ts";
import { BUYER, OWNER } from "../support/world.ts";

/** Another client of the same person, with its two tokens. */
interface Reader {
  readonly scopes: readonly Scope[];
  readonly mcp: string;
  readonly api: string;
}

/** A call that one client made: an operation, or the approval that waits for it. */
interface Made {
  readonly write: ReadyWrite["write"];
  readonly args: Readonly<Record<string, unknown>>;
  readonly operationId: string;
  readonly state: "succeeded" | "failed" | "awaiting_approval";
  /** The secret parts of the links that it was answered, by the member of the answer that has them. */
  readonly links: Readonly<Record<string, string>>;
}

/** Every set of these scopes but the empty one. */
const sets = (scopes: readonly Scope[]) =>
  Array.from({ length: 2 ** scopes.length - 1 }, (_, at) => scopes.filter((_, bit) => ((at + 1) >> bit) & 1));
const PEOPLE = [
  { name: "the owner", person: OWNER, scopes: sets(SCOPES) },
  { name: "a buyer", person: BUYER, scopes: sets(SCOPES.filter((scope) => !isOwnerScope(scope))) },
] as const;
/** What only a token that holds the scope of the write is shown. */
const ANSWERS = ["result", "problem", "approvalUrl"];
/** What the owner reads of every operation, and a client without the scope does not. */
const FACTS = ["actorKind", "confirmation", "subjectId"];
/** Who may have each link: a token with the scope of the write, or the grant that made the call alone. */
const LINKS: Readonly<Record<string, "scope" | "grant">> = {
  checkoutUrl: "scope",
  approvalUrl: "scope",
  uploadUrl: "grant",
};
const EVERY_LIST = resources.filter(({ readers, uri }) => readers !== "public" && !uri.includes("{"));

const linksIn = (answer: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(
    Object.entries(answer).flatMap(([member, value]) => {
      const secret = typeof value === "string" && value.startsWith("https://") ? value.split("/").at(-1) : undefined;
      return secret && secret.length > 20 ? [[member, secret]] : [];
    }),
  );

describeInWorld("what the other clients of a person see of an operation", {}, (world) => {
  beforeAll(() => lowerProofs(world));

  test("every write is walked", () => {
    expect(READY_WRITES.map(({ write }) => write.name).sort()).toEqual(writes.map(({ name }) => name).sort());
  });

  const rpc = async (token: string, method: string, params: unknown) => {
    const answer = await world.fetch("/mcp", {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
    });
    const { result, error } = (await answer.json()) as {
      result?: { content?: [{ text: string }]; contents?: [{ text: string }] };
      error?: { data?: unknown };
    };
    const text = result?.content?.[0].text ?? result?.contents?.[0].text;
    return (text === undefined ? (error?.data ?? {}) : JSON.parse(text)) as Record<string, unknown>;
  };
  const tool = (token: string, name: string, args: unknown) => rpc(token, "tools/call", { name, arguments: args });
  const read = (token: string, uri: string) => rpc(token, "resources/read", { uri });
  const readByTool = async (token: string, uri: string) => {
    const answer = await tool(token, "read_commerce", { uri });
    return (answer.content ?? answer) as Record<string, unknown>;
  };
  const http = async (token: string, path: string, init: RequestInit = {}) => {
    const headers = { "Content-Type": "application/json", ...init.headers, Authorization: `Bearer ${token}` };
    const answer = await world.fetch(path, { ...init, headers });
    const text = new TextDecoder().decode(await answer.arrayBuffer());
    return (text.startsWith("{") ? JSON.parse(text) : { result: text }) as Record<string, unknown>;
  };

  type Look = (reader: Reader, made: Made) => Promise<Record<string, unknown>>;
  const uriOf = ({ operationId }: Made) => `commerce://operations/${operationId}`;
  const itemIn = ({ items = [] }: { items?: { id: string }[] }, { operationId }: Made) =>
    ({ ...items.find(({ id }) => id === operationId) }) as Record<string, unknown>;
  const inList = async (list: Promise<Record<string, unknown>>, made: Made) => {
    const found = (await list) as { items?: { id: string }[] };
    return { ...itemIn(found, made), all: found };
  };
  /** Doors that show one operation. */
  const SHOWING: Readonly<Record<string, Look>> = {
    "get_operation by id": ({ mcp }, { operationId }) => tool(mcp, "get_operation", { operationId }),
    "get_operation by key": ({ mcp }, { args: { idempotencyKey } }) => tool(mcp, "get_operation", { idempotencyKey }),
    "resources/read": ({ mcp }, made) => read(mcp, uriOf(made)),
    read_commerce: ({ mcp }, made) => readByTool(mcp, uriOf(made)),
    "GET /api/operations/{id}": ({ api }, { operationId }) => http(api, `/api/operations/${operationId}`),
    "GET /api/operations/{id}/receipt": ({ api }, { operationId }) =>
      http(api, `/api/operations/${operationId}/receipt`).then(({ result, code }) => ({ receipt: result, code })),
    "the list of operations": ({ mcp }, made) => inList(read(mcp, "commerce://operations"), made),
    "the list by read_commerce": ({ mcp }, made) => inList(readByTool(mcp, "commerce://operations"), made),
  };
  /** Doors that show something else, or make the call again. */
  const BESIDE: Readonly<Record<string, Look>> = {
    ...Object.fromEntries(EVERY_LIST.map(({ uri }) => [uri, ({ mcp }: Reader) => read(mcp, uri)])),
    "commerce://audit/{operationId}": ({ mcp }, { operationId }) => read(mcp, `commerce://audit/${operationId}`),
    "the call again": ({ mcp }, { write, args }) => tool(mcp, write.name, args),
    "the call again over HTTP": ({ api }, { write, args: { idempotencyKey, ...body } }) =>
      http(api, write.route.slice("POST ".length), {
        method: "POST",
        headers: { "Idempotency-Key": String(idempotencyKey) },
        body: JSON.stringify(body),
      }),
  };

  let keys = 0;
  async function make(ready: ReadyWrite, person: Person, token: string, confirmed: boolean): Promise<Made> {
    const { write } = ready;
    const { input, confirmationText, expectedUpdatedAt } = await ready.ready(world, person);
    // Without its bytes, an upload is answered with a link.
    const { bodyBase64: _, ...short } = input;
    const args = {
      ...short,
      expectedUpdatedAt,
      idempotencyKey: `${write.name}-${++keys}`,
      ...(confirmed && { confirmationText }),
    };
    const answer = await tool(token, write.name, args);
    const { operationId = (await tool(token, "get_operation", { idempotencyKey: args.idempotencyKey })).operationId } =
      answer;
    expect(answer, JSON.stringify(answer)).toHaveProperty(confirmed ? "result" : "approvalUrl");
    const links = linksIn(confirmed ? (answer.result as object as Record<string, unknown>) : answer);
    // A link that this list does not know is given to whom?
    expect(Object.keys(LINKS)).toEqual(expect.arrayContaining(Object.keys(links)));
    const state = confirmed ? "succeeded" : "awaiting_approval";
    return { write, args, operationId: String(operationId), state, links };
  }

  const tally = { cells: 0, shown: 0, beyond: 0 };
  async function walk(made: Made, reader: Reader): Promise<string[]> {
    const { write, state, links } = made;
    const holds = reader.scopes.includes(write.scope);
    const facts = holds || reader.scopes.includes("owner:read");
    const secret = Object.entries(links).filter(([member]) => !holds || LINKS[member] === "grant");
    const beyond: string[] = [];
    const look = async (door: string, looked: Look) => {
      const answer = await looked(reader, made);
      tally.cells++;
      const place = `${write.name}, ${state}, by ${reader.scopes.join(" ")}: ${door}`;
      const text = JSON.stringify(answer);
      for (const [member, link] of secret) if (text.includes(link)) beyond.push(`${place} has ${member}`);
      return { answer, place };
    };
    for (const [door, looked] of Object.entries(SHOWING)) {
      const { answer, place } = await look(door, looked);
      const given = [...ANSWERS, "receipt"].filter((member) => answer[member] !== undefined);
      if (given.length > 0) tally.shown++;
      if (!holds) beyond.push(...given.map((member) => `${place} has ${member}`));
      if (!facts) beyond.push(...FACTS.filter((member) => member in answer).map((member) => `${place} has ${member}`));
      // A door that shows nothing to the right token would prove nothing of the wrong one.
      const receipt = door.endsWith("/receipt");
      const list = door.startsWith("the list");
      const answered = list || (receipt && state !== "succeeded") ? [] : [receipt ? "receipt" : answerOf(made)];
      if (holds) expect(given, place).toEqual(answered);
      if (!receipt && !(list && state === "awaiting_approval")) {
        expect(answer, place).toMatchObject({ write: write.name, status: state, createdAt: expect.any(String) });
      }
    }
    // Beside its own doors, a failed operation shows what a succeeded one does.
    for (const [door, looked] of state === "failed" ? [] : Object.entries(BESIDE)) {
      // The right token that repeats a waiting call asks anew, as itself.
      if (holds && door.startsWith("the call again") && state !== "succeeded") continue;
      await look(door, looked);
    }
    return beyond;
  }
  const answerOf = ({ state }: Made) =>
    state === "succeeded" ? "result" : state === "failed" ? "problem" : "approvalUrl";

  describe.each(PEOPLE)("$name", ({ person, scopes: everySet }) => {
    const readers: Reader[] = [];
    beforeAll(async () => {
      for (const scopes of everySet) {
        const [mcp, api] = [await world.token(person, "mcp", scopes), await world.token(person, "api", scopes)];
        readers.push({ scopes, mcp, api });
      }
    });

    const theirs = READY_WRITES.filter(({ write }) => person === OWNER || !isOwnerScope(write.scope));
    test.each(theirs.map((ready) => [ready.write.name, ready] as const))("%s", async (_name, ready) => {
      const { write } = ready;
      const maker = await world.token(person, "mcp", [write.scope]);
      const beyond: string[] = [];
      const walkAll = async (made: Made) => {
        for (const reader of readers) beyond.push(...(await walk(made, reader)));
      };
      const done = await make(ready, person, maker, true);
      // The client that made the call sees all of it, its links too.
      const own = JSON.stringify(await tool(maker, "get_operation", { operationId: done.operationId }));
      for (const link of Object.values(done.links)) expect(own).toContain(link);
      await walkAll(done);
      await world.all("UPDATE operations SET status = 'failed' WHERE id = ?", done.operationId);
      await walkAll({ ...done, state: "failed" });
      await walkAll(await make(ready, person, maker, false));
      await world.all("UPDATE approvals SET status = 'withdrawn' WHERE status = 'pending'");
      tally.beyond += beyond.length;
      expect(beyond).toEqual([]);
    });
  });

  test("the tally", ({ task }) => {
    console.log(`${tally.cells} cells, an answer in ${tally.shown} of them, 0 beyond scope`);
    expect(tally.shown).toBeGreaterThan(100);
    expect(tally.cells).toBeGreaterThan(tally.shown * 2);
    tell(task, "S10", {
      counts: { cells: tally.cells, "with an answer": tally.shown, "answers beyond scope": tally.beyond },
    });
  });
});
