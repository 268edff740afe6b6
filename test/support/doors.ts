import type { ConfirmedWrite } from "../../src/kernel/confirmed-write.ts";
import { connect } from "./mcp.ts";
import { revoke } from "./oauth.ts";
import { ORIGIN, type World } from "./world.ts";

/** The answer of either door, in one form. The body of a refusal has the contract's members only. */
export interface Reply {
  /** The HTTP status. A tool error has 200. */
  readonly status: number;
  readonly headers: Headers;
  /** The body as text. */
  readonly text: string;
  readonly body: Record<string, unknown>;
  /** The code of a refusal; undefined on a success. */
  readonly code: string | undefined;
}

/** Calls a write with its arguments and its envelope in one object; the door puts each part where it belongs. */
export type Door = (args: Readonly<Record<string, unknown>>) => Promise<Reply>;

/** The two ways to call a write, for one person. */
export interface Doors {
  readonly mcp: Door;
  readonly http: Door;
  /** Revokes the tokens, and signs a session out. */
  end(): Promise<void>;
}

/** An account that signs in. */
export interface Person {
  readonly email: string;
  readonly password: string;
}

/** The doors with bearer tokens: one for `/mcp`, one for `/api`. */
export async function bearerDoors(
  world: World,
  write: ConfirmedWrite,
  person: Person,
  scopes: readonly string[] = [write.scope],
): Promise<Doors> {
  const mcp = await world.grant(person, "mcp", scopes);
  const api = await world.grant(person, "api", scopes);
  return {
    mcp: await mcpDoor(world, write.name, mcp.accessToken),
    http: httpDoor(world, write.route, { Authorization: `Bearer ${api.accessToken}` }),
    async end() {
      await revoke(world.send, mcp, mcp.accessToken);
      await revoke(world.send, api, api.accessToken);
    },
  };
}

const opened = new WeakMap<World, Map<string, Promise<Doors>>>();

/** The bearer doors of a write for a person, opened once in each world. */
export function sharedDoors(world: World, write: ConfirmedWrite, person: Person): Promise<Doors> {
  const known = opened.get(world) ?? new Map<string, Promise<Doors>>();
  opened.set(world, known);
  const key = `${write.name} ${person.email}`;
  const doors = known.get(key) ?? bearerDoors(world, write, person);
  known.set(key, doors);
  return doors;
}

/** Calls the tool by the current client. A 401 or 403, which the client throws, is read from the HTTP answer. */
export async function mcpDoor(world: World, tool: string, token: string): Promise<Door> {
  const carried: { response?: Response } = {};
  const client = await connect({
    url: `${ORIGIN}/mcp`,
    token,
    send: async (request) => {
      const response = await world.send(request);
      carried.response = response.clone();
      return response;
    },
  });
  return async (args) => {
    const answer = await client.callTool({ name: tool, arguments: { ...args } }).catch(() => undefined);
    const { response } = carried;
    if (!answer) {
      if (!response || response.ok) throw new Error(`${tool}: the client failed, and not for an answer of ours`);
      return reply(response.status, response.headers, await response.text());
    }
    const [block] = answer.content as { text?: string }[];
    const text = block?.text ?? "";
    if (answer.isError && answer.structuredContent !== undefined) throw new Error("a refusal has structured content");
    if (!answer.isError && JSON.stringify(answer.structuredContent) !== text) throw new Error("content differs");
    return reply(response?.status ?? 0, response?.headers ?? new Headers(), text, answer.isError === true);
  };
}

/** A request to the write's route; the key travels in its header, and the rest in the body. */
export function httpDoor(world: World, route: string, headers: Record<string, string>): Door {
  return async ({ idempotencyKey, ...rest }) => {
    const response = await world.fetch(route.slice("POST ".length), {
      method: "POST",
      headers: {
        ...headers,
        "Content-Type": "application/json",
        ...(idempotencyKey !== undefined && { "Idempotency-Key": asHeader(String(idempotencyKey)) }),
      },
      body: JSON.stringify(rest),
    });
    const text = await response.text();
    const parsed = reply(response.status, response.headers, text, !response.ok);
    if (response.ok) return parsed;
    if (response.headers.get("Content-Type") !== "application/problem+json") throw new Error(`no problem: ${text}`);
    const { type, status, ...body } = parsed.body;
    if (type !== "about:blank" || status !== response.status) throw new Error(`not RFC 9457: ${text}`);
    return { ...parsed, body };
  };
}

/** Header values are bytes: other characters are sent as UTF-8, as clients do. */
function asHeader(value: string): string {
  return String.fromCharCode(...new TextEncoder().encode(value));
}

function reply(status: number, headers: Headers, text: string, refused = true): Reply {
  const body = (text.startsWith("{") ? JSON.parse(text) : {}) as Record<string, unknown>;
  const code = refused
    ? String(body.code ?? (body.error as { code?: unknown } | undefined)?.code ?? status)
    : undefined;
  return { status, headers, text, body, code };
}
