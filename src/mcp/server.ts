import {
  type CallToolResult,
  fromJsonSchema,
  McpServer,
  ProtocolError,
  ProtocolErrorCode,
  ResourceTemplate,
  type ScopeChallengeHandler,
} from "@modelcontextprotocol/server";
import * as z from "zod";
import type { Problem } from "../base/problem.ts";
import { refusalOf } from "../base/refusal.ts";
import { startOfReading } from "../commerce/public-lists.ts";
import { type Actor, assertActorNotRevoked, isOwnerScope, type Scope } from "../kernel/actor.ts";
import type { ConfirmedWrite } from "../kernel/confirmed-write.ts";
import type { Context } from "../kernel/context.ts";
import { wordsFor } from "../kernel/parts.ts";
import { freshForMs } from "../kernel/public-document.ts";
import type { ReadTool } from "../kernel/read-tool.ts";
import { matchResource, missingScope, type Resource } from "../kernel/resource.ts";
import { gravestRisk } from "../kernel/risk.ts";
import { runWrite } from "../kernel/run-write.ts";
import { parseInput, requestSchema } from "../kernel/write-request.ts";
import { PANEL_URI, panelContents, panelSummary } from "./app-panel.ts";
import { asksInForm, askThroughClient, elicitedBy } from "./elicitation.ts";
import { withoutNulls } from "./left-out.ts";
import { withWayToScope } from "./missing-scope.ts";
import { toolSchema } from "./tool-schema.ts";

/** The tools and resources that an MCP server offers, and the parts that they run on. */
export interface McpParts {
  readonly writes: readonly ConfirmedWrite[];
  readonly readTools: readonly ReadTool[];
  readonly resources: readonly Resource[];
  readonly ctx: Context;
  readonly version: string;
}

/** What is known of the request that a server is for. */
interface Asker {
  /** Null on the public door. */
  readonly actor: Actor | null;
  /** Whether the request speaks protocol 2026-07-28 or later, whose clients can act on a challenge for a scope. */
  readonly takesChallenges: boolean;
  /** The name of the business, where the client asks who it talks to. */
  readonly title: string | undefined;
  /** Panels are listed only for hosts that show them, since the list costs every other host tokens. */
  readonly showsPanels: boolean;
  /** The message, or a batch of them, as it was sent. */
  readonly message: unknown;
}

/**
 * One server for one request. Without an actor it is the public door: public resources and no writes.
 * The kernel checks every input, so that refusals are the contract's; the SDK passes input through.
 */
export function createMcpServer(parts: McpParts, asker: Asker): McpServer {
  const { actor } = asker;
  const server = new McpServer(
    { name: "agent-commerce-server", ...(asker.title && { title: asker.title }), version: parts.version },
    {
      capabilities: { tools: { listChanged: false }, resources: { listChanged: false } },
      instructions: actor ? INSTRUCTIONS : publicInstructions(parts.ctx),
    },
  );
  const { called, read } = askedFor(asker.message);
  const isWantedTool = ({ name }: { name: string }) => !read && (called === undefined || name === called);
  if (actor) {
    for (const write of parts.writes.filter(isWantedTool)) registerWrite(server, write, { ...asker, actor }, parts);
  }
  for (const tool of parts.readTools.filter(isWantedTool)) {
    if (actor || tool.public) registerReadTool(server, tool, asker, parts);
  }
  for (const resource of parts.resources) {
    // A reading has a handler of its own, below. It needs those resources registered whose scope the client can be asked for.
    const isWanted = called === undefined && (!read || (actor && missingScope(resource, actor)));
    if (isWanted && (actor || resource.readers === "public")) registerResource(server, resource, asker, parts);
  }
  // One reader for every URI, so that an unknown one is refused in the same words as a hidden one.
  server.server.setRequestHandler("resources/read", async ({ params }) => {
    if (actor && params.uri === PANEL_URI) return { contents: [await readPanel(actor, parts)] };
    const { text, ttlMs, cacheScope } = await readOrRefuse(params.uri, asker, parts);
    return { contents: [{ uri: params.uri, mimeType: "application/json", text }], ttlMs, cacheScope };
  });
  return server;
}

/** The one tool that a `tools/call` names, or that the message is a reading. Every other message, and a batch, may need all. */
function askedFor(message: unknown): { called?: string; read?: boolean } {
  const { method, params } = (typeof message === "object" && message !== null ? message : {}) as {
    method?: unknown;
    params?: { name?: unknown };
  };
  if (method === "tools/call" && typeof params?.name === "string") return { called: params.name };
  return { read: method === "resources/read" };
}

const publicInstructions = ({ parts }: Context) =>
  `Public facts of a business that sells through Stripe. Start with ${startOfReading(parts)}. Buying needs the endpoint with sign-in.`;
const INSTRUCTIONS =
  "Read the subject's resource before a write: it has updatedAt and the exact confirmationText. Show the text to the person and send it only after they agreed. Keep the idempotencyKey: after any error or lost answer repeat the same call with the same key. Never open a checkoutUrl yourself.";

/** The fields of an answer that a model works with. The proof and the kind of actor are sent too, without a schema. */
const answerShape = (result: z.ZodObject) =>
  z.object({
    operationId: z.string(),
    replayed: z.boolean(),
    result,
  });
const answerShapes = new WeakMap<ConfirmedWrite, z.ZodObject>();

function registerWrite(
  server: McpServer,
  write: ConfirmedWrite,
  asker: Asker & { readonly actor: Actor },
  parts: McpParts,
): void {
  const { actor, showsPanels } = asker;
  const output = answerShapes.get(write) ?? answerShape(write.output);
  answerShapes.set(write, output);
  const request = requestSchema(write);
  const config = {
    title: write.title,
    description: write.description,
    inputSchema: passThrough(toolSchema(request, "input")),
    outputSchema: passThrough(toolSchema(output, "output")),
    // A repeat with the same key gets the stored answer.
    annotations: {
      readOnlyHint: false,
      destructiveHint: gravestRisk(write) !== "records",
      idempotentHint: true,
      // Clients assume true where the hint is missing.
      ...(!write.effect && { openWorldHint: false }),
    },
    scopeChallenge: stepUp(asker, () => (actor.scopes.has(write.scope) ? undefined : write.scope)),
    ...(showsPanels && { _meta: { ui: { resourceUri: PANEL_URI } } }),
  };
  server.registerTool(write.name, config, async (given: unknown, call) => {
    const { ctx } = parts;
    try {
      await ctx.limits.actor(actor.id);
      const args = withoutNulls(given, request);
      const typed = await elicitedBy(call, actor, ctx);
      return success({
        ...(await runWrite(write, { actor, args, asksInForm: asksInForm(call), ...(typed && { typed }) }, ctx)),
      });
    } catch (thrown) {
      const problem = refusalFor(asker, thrown, write.name, ctx);
      const asked = await askThroughClient(problem, call, actor, ctx);
      return asked ?? { ...refused(problem), ...(showsPanels && panelSummary(problem)) };
    }
  });
}

function registerReadTool(server: McpServer, tool: ReadTool, asker: Asker, parts: McpParts): void {
  const { actor } = asker;
  const config = {
    title: tool.title,
    description: wordsFor(tool.description, parts.ctx.parts),
    inputSchema: passThrough(toolSchema(tool.input, "input")),
    outputSchema: passThrough(toolSchema(tool.output, "output")),
    annotations: { readOnlyHint: true, openWorldHint: false },
    ...(tool.resourceOf && { scopeChallenge: stepUpToRead(tool.resourceOf, asker, parts) }),
  };
  server.registerTool(tool.name, config, async (given: unknown) => {
    try {
      if (actor) await parts.ctx.limits.actor(actor.id);
      const input = parseInput(tool.input, withoutNulls(given, tool.input));
      return success(await tool.run({ input, actor, ctx: parts.ctx }));
    } catch (thrown) {
      return refused(refusalFor(asker, thrown, tool.name, parts.ctx));
    }
  });
}

function registerResource(server: McpServer, resource: Resource, asker: Asker, { ctx }: McpParts): void {
  const config = {
    title: resource.title,
    description: wordsFor(resource.description, ctx.parts),
    mimeType: "application/json",
    scopeChallenge: stepUp(asker, (actor) => missingScope(resource, actor)),
  };
  const neverRead = () => Promise.reject(new Error("resources/read has one reader"));
  if (resource.uri.includes("{")) {
    server.registerResource(resource.name, new ResourceTemplate(resource.uri, { list: undefined }), config, neverRead);
  } else {
    server.registerResource(resource.name, resource.uri, config, neverRead);
  }
}

/** `stepUp` for a tool that reads a resource: the scope of that resource may be missing. */
function stepUpToRead(
  resourceOf: (args: unknown) => string | undefined,
  asker: Asker,
  { resources }: McpParts,
): ScopeChallengeHandler {
  return (context) => {
    const found = matchResource(resources, resourceOf(context.request.params?.arguments) ?? "");
    return stepUp(asker, (actor) => found && missingScope(found.resource, actor))(context);
  };
}

/**
 * Asks a client of protocol 2026-07-28 to sign in for one more scope, if this person can grant it (MCP authorization,
 * "Step-up"). For any other scope or client the kernel refuses, and the client gets a tool error: a challenge would send
 * it in circles.
 */
function stepUp(
  { actor, takesChallenges }: Asker,
  missing: (actor: Actor) => Scope | undefined,
): ScopeChallengeHandler {
  return () => {
    const scope = actor && takesChallenges ? missing(actor) : undefined;
    if (!actor || !scope || (isOwnerScope(scope) && !actor.isOwner)) return undefined;
    return { scopes: [scope, ...actor.scopes], errorDescription: `This needs the scope ${scope}` };
  };
}

/** The refusal that this caller is answered with. */
function refusalFor({ actor }: Asker, thrown: unknown, name: string, { log, publicUrl }: Context): Problem {
  return withWayToScope(refusalOf(thrown, name, log), actor, publicUrl);
}

/** Structured content, and the same as text for clients that show nothing else. */
function success(structuredContent: Record<string, unknown>): CallToolResult {
  return { content: [{ type: "text", text: JSON.stringify(structuredContent) }], structuredContent };
}

/** Text alone: older clients hold structured content against the output schema. */
function refused({ body }: Problem): CallToolResult {
  return { isError: true, content: [{ type: "text", text: JSON.stringify(body) }] };
}

/** The panel is the same for every actor. A revoked token is refused. */
async function readPanel(actor: Actor, { ctx }: McpParts) {
  try {
    await assertActorNotRevoked(actor, ctx);
  } catch (thrown) {
    const { body } = refusalOf(thrown, "resources/read", ctx.log);
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, body.title, body);
  }
  return panelContents(ctx.publicUrl);
}

/** A resource as JSON, and who may keep it for how long. A refusal becomes a protocol error with the problem as its data. */
async function readOrRefuse(uri: string, asker: Asker, { ctx }: McpParts) {
  const { actor } = asker;
  try {
    if (!actor) {
      const document = await ctx.readPublic(uri);
      return { text: document.text, ttlMs: freshForMs(document, ctx.clock), cacheScope: "public" as const };
    }
    await ctx.limits.actor(actor.id);
    const text = JSON.stringify(await ctx.readResource(uri, actor));
    return { text, ttlMs: 0, cacheScope: "private" as const };
  } catch (thrown) {
    const { code, body } = refusalFor(asker, thrown, "resources/read", ctx);
    const number = code === "internal" ? ProtocolErrorCode.InternalError : ProtocolErrorCode.InvalidParams;
    throw new ProtocolError(number, body.title, body);
  }
}

/** Shows a JSON Schema to clients and lets every input through to the kernel, which names the field and the rule. */
function passThrough(schema: Record<string, unknown>) {
  return fromJsonSchema<Record<string, unknown>>(schema as never, {
    getValidator: () => (input) => ({ valid: true, data: input as never, errorMessage: undefined }),
  });
}
