import { invalidInput, notFound, type Problem } from "../base/problem.ts";
import { readBytes } from "../base/read-body.ts";
import { comesFromPanelHost } from "./app-panel.ts";

/** More than every call takes. */
const MAX_REQUEST_BYTES = 256 * 1024;

/** A posted request, looked at before the protocol's handler gets the same bytes. */
export interface PeekedRequest {
  readonly request: Request;
  readonly methods: readonly string[];
  /** What the client says of itself; proves nothing. */
  readonly clientDeclared: string | null;
  /** Whether the client shows panels: as it says with this very request, or said when its session of 2025 began. */
  readonly showsPanels: boolean;
}

/**
 * Reads a request's body once, or answers it: 413 as soon as it is too large, and a JSON-RPC error for a call whose
 * outer shape is wrong, in the words of the contract. The handler refuses a body that is not JSON.
 */
export async function peekRequest(request: Request, toolNames: ReadonlySet<string>): Promise<PeekedRequest | Response> {
  const bytes = await readBytes(request, MAX_REQUEST_BYTES);
  if (!bytes) return rpcError(413, null, -32600, invalidInput("body", `must be at most ${MAX_REQUEST_BYTES} bytes`));
  const message = parsed(bytes);
  const refused = isCall(message) ? shapeFault(message, toolNames) : undefined;
  if (refused && isCall(message)) return rpcError(200, message.id, -32602, refused);
  const messages = [message].flat().filter(isCall);
  const params = messages[0]?.params as
    | { clientInfo?: unknown; capabilities?: unknown; _meta?: Record<string, unknown> }
    | undefined;
  const declared = params?.clientInfo ?? params?._meta?.["io.modelcontextprotocol/clientInfo"];
  return {
    request: new Request(request.url, { method: request.method, headers: request.headers, body: bytes }),
    // A method that is no text is left to the handler's refusal; it may be an object that cannot be made one.
    methods: messages.map(({ method }) => (typeof method === "string" ? method : "")),
    clientDeclared: declarationIn(declared),
    showsPanels: comesFromPanelHost(
      params?._meta?.["io.modelcontextprotocol/clientCapabilities"] ?? params?.capabilities,
      request.headers,
    ),
  };
}

/** Name and version, each cut by characters, so that what is kept stays JSON; null where there is neither. */
function declarationIn(declared: unknown): string | null {
  const { name, version } = (isCall(declared) ? declared : {}) as Record<string, unknown>;
  const kept = { name: shortText(name), version: shortText(version) };
  return kept.name === undefined && kept.version === undefined ? null : JSON.stringify(kept);
}

/** A caller's text of no more than 100 characters, none of them cut in two. */
const shortText = (text: unknown) =>
  typeof text === "string" ? [...text.slice(0, 200)].slice(0, 100).join("") : undefined;

interface Call {
  readonly id?: unknown;
  readonly method?: unknown;
  readonly params?: unknown;
}

const isCall = (message: unknown): message is Call =>
  typeof message === "object" && message !== null && !Array.isArray(message);

/** What the outer shape of a call or a read gets wrong; undefined where it is right, or not one of the two. */
function shapeFault({ method, params }: Call, toolNames: ReadonlySet<string>): Problem | undefined {
  const { uri, name, arguments: args } = isCall(params) ? (params as Record<string, unknown>) : {};
  if (method === "resources/read") return typeof uri === "string" ? undefined : invalidInput("uri", "must be a string");
  if (method !== "tools/call") return undefined;
  if (typeof name !== "string") return invalidInput("name", "must be a string");
  if (!toolNames.has(name)) return notFound();
  return args === undefined || isCall(args) ? undefined : invalidInput("arguments", "must be an object");
}

function rpcError(status: number, id: unknown, code: number, { body }: Problem): Response {
  const error = { code, message: body.title, data: body };
  const answered = typeof id === "string" || typeof id === "number" ? id : null;
  return Response.json(
    { jsonrpc: "2.0", id: answered, error },
    { status, headers: { "Access-Control-Allow-Origin": "*", "Cache-Control": "no-store" } },
  );
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
