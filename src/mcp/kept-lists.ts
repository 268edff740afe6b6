/** The methods whose answer follows from the request and the declarations: no row is read, and no name of a person is in it. */
export const LISTS: ReadonlySet<unknown> = new Set(["tools/list", "resources/list", "resources/templates/list"]);

/** How many answers are kept: clients differ in their headers and in what they declare. The oldest gives way. */
const MOST_KEPT = 40;
/** The answer to a request with a longer key is not kept: the sender chooses its length. */
const MAX_KEY_LENGTH = 4_000;

/** The headers that an answer may depend on, beside those of MCP. */
const HEADERS: ReadonlySet<string> = new Set(["accept", "content-type", "origin"]);
/** This header of MCP only says whether the host shows panels, which is a part of `door`. */
const SESSION = "mcp-session-id";

/** A request for a list. */
interface ListRequest {
  /** What the door knows and the answer depends on: path, scopes, form of the answer, panels. */
  readonly door: readonly unknown[];
  readonly headers: Headers;
  /** The message as it was sent. */
  readonly message: unknown;
}

/** An answer, split around the id of its message. */
interface KeptAnswer {
  readonly before: string;
  readonly after: string;
  readonly headers: readonly (readonly [string, string])[];
}

/**
 * Keeps the answers to requests for lists in this isolate, as the protocol's library made them. A request that differs from an
 * earlier one in its id alone gets the earlier answer under its own id. The caller has counted the request and checked its
 * token before.
 */
export class KeptLists {
  readonly #kept = new Map<string, KeptAnswer>();

  /** The kept answer, or the one that `make` gives, which is then kept. */
  async answer(request: ListRequest, make: () => Promise<Response>): Promise<Response> {
    const id = listId(request.message);
    const key = id === undefined ? undefined : keyOf(request);
    if (id === undefined || key === undefined || key.length > MAX_KEY_LENGTH) return make();
    const found = this.#kept.get(key);
    if (found) return answered(found, id);
    const made = await make();
    if (made.status !== 200) return made;
    const text = await made.text();
    // Kept only where the id stands in one place, so that it can be exchanged.
    const [before, after, ...more] = text.split(`"id":${id}`);
    if (before === undefined || after === undefined || more.length > 0) return new Response(text, made);
    const answer = { before, after, headers: [...made.headers] };
    const [oldest] = this.#kept.keys();
    if (this.#kept.size >= MOST_KEPT && oldest !== undefined) this.#kept.delete(oldest);
    this.#kept.set(key, answer);
    return answered(answer, id);
  }
}

function answered({ before, after, headers }: KeptAnswer, id: string): Response {
  return new Response(`${before}"id":${id}${after}`, { headers: headers as [string, string][] });
}

/** The id of a message that asks for a list, as JSON; undefined for any other message, and for an id like 1.5. */
function listId(message: unknown): string | undefined {
  if (typeof message !== "object" || message === null || Array.isArray(message)) return undefined;
  const { method, id } = message as { method?: unknown; id?: unknown };
  if (!LISTS.has(method)) return undefined;
  return typeof id === "string" || Number.isSafeInteger(id) ? JSON.stringify(id) : undefined;
}

function keyOf({ door, headers, message }: ListRequest): string {
  const counts = (name: string) => HEADERS.has(name) || (name.startsWith("mcp-") && name !== SESSION);
  const own = [...headers].filter(([name]) => counts(name)).sort();
  return JSON.stringify([door, own, { ...(message as object), id: null }]);
}
