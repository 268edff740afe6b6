import { createMcpHandler } from "agents/mcp/server";
import type { Auth } from "../auth/index.ts";
import { tokenActor } from "../auth/token-actor.ts";
import { Problem } from "../base/problem.ts";
import { businessRow } from "../db/operations.ts";
import { type Actor, assertActorNotRevoked } from "../kernel/actor.ts";
import { type AnswerForm, asJson, withBothForms } from "./answer-form.ts";
import { panelSession } from "./app-panel.ts";
import { KeptLists } from "./kept-lists.ts";
import { type PostedMessages, readMessages, rpcRefusal } from "./request-body.ts";
import { createMcpServer, type McpParts } from "./server.ts";

const SESSION = "Mcp-Session-Id";
const EXPOSED = `WWW-Authenticate, MCP-Protocol-Version, ${SESSION}`;
const SIGNED_IN = "/mcp";
const PUBLIC = "/mcp/public";
/** These methods count themselves, and read the grant in their own batch; before every other method it is read alone. */
const COUNTED_BY_ITSELF = new Set(["tools/call", "resources/read"]);

/** The methods by which a client asks who it talks to, in protocol 2025 and in 2026-07-28. */
const INTRODUCTIONS = ["initialize", "server/discover"];

export interface McpDoor {
  /** `/mcp`: a token on every request, all resources and tools. */
  signedIn(request: Request, execution: ExecutionContext): Promise<Response>;
  /** `/mcp/public`: no sign-in, public resources only. */
  open(request: Request): Promise<Response>;
}

/** One request and what the door found out about it. */
interface Served {
  readonly route: typeof SIGNED_IN | typeof PUBLIC;
  readonly actor: Actor | null;
  readonly request: Request;
  /** Undefined for a method that has no body. */
  readonly body?: PostedMessages | undefined;
  readonly options?: ReturnType<typeof authInfo>;
}

/** The two MCP endpoints, in the protocol's stateless form of 2026-07-28 and that of 2025. */
export function createMcpDoor(parts: McpParts, auth: Auth): McpDoor {
  const { hostname } = new URL(parts.ctx.publicUrl);
  // One for each endpoint: requests without sign-in can't push out the lists of the other.
  const lists = { [SIGNED_IN]: new KeptLists(), [PUBLIC]: new KeptLists() };
  const serve = async (served: Served): Promise<Response> => {
    const { route, actor, request, body } = served;
    const { headers, form } = withBothForms(request.headers);
    const door = [route, form, body?.showsPanels, actor && [...actor.scopes].sort()];
    return lists[route].answer({ door, headers, message: body?.message }, () => serveAnew(served, headers, form));
  };
  const serveAnew = async (
    { route, actor, request, body, options }: Served,
    headers: Headers,
    form: AnswerForm,
  ): Promise<Response> => {
    let takesChallenges = false;
    const showsPanels = body?.showsPanels ?? false;
    const title = INTRODUCTIONS.some((method) => body?.methods.includes(method)) ? await nameOf(parts) : undefined;
    const handler = createMcpHandler(
      ({ era }) => {
        takesChallenges = era === "modern";
        return createMcpServer(parts, { actor, takesChallenges, title, showsPanels, message: body?.message });
      },
      {
        route,
        corsOptions: { origin: "*", exposeHeaders: EXPOSED },
        // No token and no cookie counts at the public door, so every page may call it. At the other, tokens travel in a
        // header and never in a cookie. Pages of other sites are refused there all the same.
        allowedOriginHostnames: route === PUBLIC ? "*" : [hostname, "localhost", "127.0.0.1", "[::1]"],
      },
    );
    // Some hosts add a slash to the address. A redirect would lose the body of their POST.
    const wanted = new Request(new URL(route, request.url), { method: request.method, headers });
    const response = await handler.fetch(wanted, { ...options, parsedBody: body?.message });
    // The handler answers a malformed message with 4xx, so a 5xx is a fault of ours.
    if (response.status >= 500) parts.ctx.log({ event: "internal", name: route, code: "mcp_handler" });
    // RFC 9110 section 15.5.6.
    if (response.status === 405) response.headers.set("Allow", "POST, OPTIONS");
    // A stream of protocol 2026-07-28 was asked for by its method, and may have no end.
    return form === "json" && !takesChallenges ? asJson(response, body?.batch ?? false) : response;
  };
  const publicTools = new Set(parts.readTools.filter((tool) => tool.public).map(({ name }) => name));
  const allTools = new Set([...parts.writes, ...parts.readTools].map(({ name }) => name));
  const { limits } = parts.ctx;
  const countCalls = async (actor: Actor, methods: readonly string[]) => {
    for (const _ of methods) await limits.actor(actor.id);
    return undefined;
  };
  const refusedToken = async (refusal: Response, request: Request) => {
    await limits.checkNetwork("publicReads", request);
    return refusal;
  };

  return {
    async open(request) {
      const elsewhere = misdirected(request, hostname);
      if (elsewhere) return elsewhere;
      return held(async () => {
        await limits.checkNetwork("publicReads", request);
        const body = request.method === "POST" ? await readMessages(request, publicTools) : undefined;
        if (body instanceof Response) return body;
        // Each message of a batch is a call.
        for (const _ of body?.methods.slice(1) ?? []) await limits.checkNetwork("publicReads", request);
        return serve({ route: PUBLIC, actor: null, request, body });
      });
    },
    async signedIn(request, execution) {
      const elsewhere = misdirected(request, hostname);
      if (elsewhere) return elsewhere;
      if (request.method === "OPTIONS") return serve({ route: SIGNED_IN, actor: null, request });
      const principal = await auth.bearer(request, "mcp", execution);
      // Each refused token is read from the token store, so they are counted.
      if (principal instanceof Response) return held(() => refusedToken(principal, request));
      const body = request.method === "POST" ? await readMessages(request, allTools) : undefined;
      if (body instanceof Response) return body;
      const actor = watched(tokenActor(principal, parts.ctx.db, body?.clientDeclared ?? null));
      const others = body?.methods.filter((method) => !COUNTED_BY_ITSELF.has(method)) ?? [request.method];
      if (others.length > 0) {
        const refused = await held(() => countCalls(actor, others));
        if (refused) return refused;
        await readGrant(actor, parts);
      }
      const response = actor.revoked()
        ? undefined
        : await serve({ route: SIGNED_IN, actor, request, body, options: authInfo(principal) });
      if (actor.revoked() || !response) return auth.invalidToken(request, "mcp", execution);
      if (body?.showsPanels && body.methods.includes("initialize")) response.headers.set(SESSION, panelSession());
      return response;
    },
  };
}

/** The name that people know the server by. */
async function nameOf({ ctx }: McpParts): Promise<string | undefined> {
  const [business] = (await ctx.db.read({ business: businessRow(ctx) })).business;
  return business?.name;
}

/** Answers 429 where a bound refused. */
async function held<Answer extends Response | undefined>(answer: () => Promise<Answer>): Promise<Answer | Response> {
  try {
    return await answer();
  } catch (thrown) {
    if (thrown instanceof Problem && thrown.code === "rate_limited") return rpcRefusal(thrown);
    throw thrown;
  }
}

/** Refuses a request to another host name, against DNS rebinding (MCP transports, "Security"). */
function misdirected(request: Request, hostname: string): Response | undefined {
  if (new URL(request.url).hostname === hostname) return undefined;
  return new Response(`This endpoint answers at ${hostname} only.`, { status: 403 });
}

/**
 * An actor that remembers that a check found it revoked: the HTTP answer is then the 401 that clients act on. A stream of
 * events has begun by then, and its message says `unauthenticated`.
 */
function watched(actor: Actor): Actor & { revoked(): boolean } {
  let found = false;
  return {
    ...actor,
    revoked: () => found,
    assertNotRevoked(rows) {
      try {
        actor.assertNotRevoked(rows);
      } catch (error) {
        if (error instanceof Problem && error.code === "unauthenticated") found = true;
        throw error;
      }
    },
  };
}

/** Checks the grant now; `actor.revoked()` tells the result. */
async function readGrant(actor: Actor, { ctx }: McpParts): Promise<void> {
  try {
    await assertActorNotRevoked(actor, ctx);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
  }
}

/** The facts of a token that the SDK's scope challenges need. The token itself is left out. */
function authInfo(principal: { clientId: string; scopes: ReadonlySet<string>; resource: string }) {
  const { origin, pathname } = new URL(principal.resource);
  return {
    authInfo: {
      token: "",
      clientId: principal.clientId,
      scopes: [...principal.scopes],
      resource: new URL(principal.resource),
      resourceMetadataUrl: `${origin}/.well-known/oauth-protected-resource${pathname}`,
    },
  };
}
