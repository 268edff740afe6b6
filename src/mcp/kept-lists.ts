/** The methods whose answer follows from the request and the declarations: no row is read, and no name of a person is in it. */
export const LISTS: ReadonlySet<unknown> = new Set(["tools/list", "resources/list", "resources/templates/list"]);

/** Clients differ in their headers and in what they declare. Requests of more kinds are answered anew. */
const MOST_KEPT = 40;
/** A longer request is answered anew: its sender chooses how long it is. */
const MAX_KEY_LENGTH = 4_000;

/**
 * The headers of a request, other than those of MCP itself, that its answer may depend on. A session tells the door whether
 * its host shows panels, and nothing else.
 */
const HEADERS: ReadonlySet<string> = new Set(["accept", "content-type", "origin"]);
const SESSION = "mcp-session-id";

/** A request for a list. */
interface ListRequest {
  /** The path, the scopes, and all else of the door that the answer follows from. */
  readonly door: readonly unknown[];
  readonly headers: Headers;
  /** The message as it was sent. */
  readonly message: unknown;
}

/** An answer without the id of the message that it answers. */
interface KeptAnswer {
  readonly before: string;
  readonly after: string;
  readonly headers: readonly (readonly [string, string])[];
}

/**
 * Keeps the answers to requests for lists, each as the protocol's library made it, for the life of the isolate. An answer
 * is given again to a request that is equal in all but the message's id; the caller has counted and checked it before.
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

/** The id of a message that asks for a list, as JSON; undefined for any other, and for an id that JSON may say in two ways. */
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
