import { invalidInput, notFound, type Problem } from "../base/problem.ts";
import { readBytes } from "../base/read-body.ts";
import { comesFromPanelHost } from "./app-panel.ts";
import { LISTS } from "./kept-lists.ts";

/** Larger than any call of a tool or resource. */
const MAX_REQUEST_BYTES = 256 * 1024;

/** The body of a posted request: its message, or its batch of messages. */
export interface PostedMessages {
  /** The message or messages; undefined where the body is no JSON, which the handler refuses. */
  readonly message: unknown;
  readonly methods: readonly string[];
  /** Whether the body is a list of messages (JSON-RPC 2.0 section 6). */
  readonly batch: boolean;
  /** Name and version that the client declares for itself, as JSON; unproven. */
  readonly clientDeclared: string | null;
  /** Whether the client shows panels: declared with this request, or when its session of protocol 2025 began. */
  readonly showsPanels: boolean;
}

/**
 * Reads a request's body once, or answers it: 413 as soon as it is too large, and a JSON-RPC error for a call whose
 * outer shape is wrong, with the contract's problem. The handler refuses a body that is not JSON.
 */
export async function readMessages(
  request: Request,
  toolNames: ReadonlySet<string>,
): Promise<PostedMessages | Response> {
  const bytes = await readBytes(request, MAX_REQUEST_BYTES);
  if (!bytes) return rpcError(413, null, -32600, invalidInput("body", `must be at most ${MAX_REQUEST_BYTES} bytes`));
  const sent = parsed(bytes);
  const message = Array.isArray(sent) ? sent : withoutNullArguments(sent);
  const refused = isObject(message) ? shapeFault(message, toolNames) : undefined;
  if (refused && isObject(message)) return rpcError(200, message.id, -32602, refused);
  const messages = [message].flat().filter(isObject);
  const params = messages[0]?.params as
    | { clientInfo?: unknown; capabilities?: unknown; _meta?: Record<string, unknown> }
    | undefined;
  const declared = params?.clientInfo ?? params?._meta?.["io.modelcontextprotocol/clientInfo"];
  return {
    message,
    // The handler refuses a method that is not a string. It is not converted to one: an object of a caller's can throw.
    methods: messages.map(({ method }) => (typeof method === "string" ? method : "")),
    batch: Array.isArray(message),
    clientDeclared: declarationIn(declared),
    showsPanels: comesFromPanelHost(
      params?._meta?.["io.modelcontextprotocol/clientCapabilities"] ?? params?.capabilities,
      request.headers,
    ),
  };
}

/** The message without `arguments` that are null: a strict host sends null for what it leaves out. */
function withoutNullArguments(message: unknown): unknown {
  if (!isObject(message) || !isObject(message.params)) return message;
  const { arguments: args, ...others } = message.params as Record<string, unknown>;
  return args === null ? { ...message, params: others } : message;
}

/** The declared name and version, each cut to 100 characters, as JSON; null where both are missing. */
function declarationIn(declared: unknown): string | null {
  const { name, version } = (isObject(declared) ? declared : {}) as Record<string, unknown>;
  const kept = { name: shortText(name), version: shortText(version) };
  return kept.name === undefined && kept.version === undefined ? null : JSON.stringify(kept);
}

/** The first 100 characters of a text, none of them cut in two. */
const shortText = (text: unknown) =>
  typeof text === "string" ? [...text.slice(0, 200)].slice(0, 100).join("") : undefined;

interface RpcMessage {
  readonly id?: unknown;
  readonly method?: unknown;
  readonly params?: unknown;
}

const isObject = (message: unknown): message is RpcMessage =>
  typeof message === "object" && message !== null && !Array.isArray(message);

/** The fault in the outer shape of a call, a reading or a request for a list. Undefined for a right one and other methods. */
function shapeFault({ method, params }: RpcMessage, toolNames: ReadonlySet<string>): Problem | undefined {
  const { uri, name, arguments: args, cursor } = isObject(params) ? (params as Record<string, unknown>) : {};
  if (LISTS.has(method)) {
    return cursor === undefined || typeof cursor === "string" ? undefined : invalidInput("cursor", "must be a string");
  }
  if (method === "resources/read") return typeof uri === "string" ? undefined : invalidInput("uri", "must be a string");
  if (method !== "tools/call") return undefined;
  if (typeof name !== "string") return invalidInput("name", "must be a string");
  if (!toolNames.has(name)) return notFound("name");
  return args === undefined || isObject(args) ? undefined : invalidInput("arguments", "must be an object");
}

function rpcError(status: number, id: unknown, code: number, { body }: Problem): Response {
  const error = { code, message: body.title, data: body };
  const answered = typeof id === "string" || typeof id === "number" ? id : null;
  return Response.json(
    { jsonrpc: "2.0", id: answered, error },
    { status, headers: { "Access-Control-Allow-Origin": "*", "Cache-Control": "no-store" } },
  );
}

/** The answer to a request over a bound, as HTTP and the protocol say it. */
export function rpcRefusal(problem: Problem): Response {
  const answer = rpcError(problem.status, null, -32000, problem);
  answer.headers.set("Retry-After", String(problem.details.retryAfterSeconds));
  answer.headers.set("Access-Control-Expose-Headers", "Retry-After");
  return answer;
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
