import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** What the stand-in makes its client do. */
interface Wish {
  readonly tool: string;
  readonly args: object;
}

/** What came back to the model. */
interface Turn {
  /** The names of the tools that the client offers its model. */
  readonly tools: readonly string[];
  /** The text of the tool's result as the model is given it; undefined when there was none. */
  readonly result: string | undefined;
}

interface Block {
  readonly type: string;
  readonly content?: string | readonly { readonly text?: string }[];
}

interface MessagesRequest {
  readonly stream?: boolean;
  readonly tools?: readonly { readonly name: string }[];
  readonly messages: readonly { readonly role: string; readonly content: string | readonly Block[] }[];
}

/**
 * A model's API on this machine: it asks for one tool, reads the result and ends. With it a client that has no account of
 * its vendor still goes the whole way from its model to our server.
 */
export async function standInModel(wish: Wish | undefined): Promise<{ url: string; turn(): Turn; stop(): void }> {
  const offered = new Set<string>();
  let result: string | undefined;
  const server = createServer(async (request, response) => {
    if (!request.url?.startsWith("/v1/messages") || request.url.includes("count_tokens")) {
      response
        .writeHead(404, { "Content-Type": "application/json" })
        .end('{"type":"error","error":{"type":"not_found_error","message":"-"}}');
      return;
    }
    const asked = JSON.parse(await bodyOf(request)) as MessagesRequest;
    for (const { name } of asked.tools ?? []) offered.add(name);
    result ??= resultIn(asked);
    const calls = wish !== undefined && result === undefined && (asked.tools ?? []).length > 0;
    const block = calls
      ? { type: "tool_use", id: "toolu_1", name: wish.tool, input: wish.args }
      : { type: "text", text: "Done." };
    const message = { id: "msg_1", type: "message", role: "assistant", model: "stand-in", stop_sequence: null, usage };
    const stop_reason = calls ? "tool_use" : "end_turn";
    if (!asked.stream) {
      response.writeHead(200, { "Content-Type": "application/json" });
      response.end(JSON.stringify({ ...message, content: [block], stop_reason }));
      return;
    }
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    const opening = calls ? { ...block, input: {} } : { type: "text", text: "" };
    const delta = calls
      ? { type: "input_json_delta", partial_json: JSON.stringify(wish.args) }
      : { type: "text_delta", text: "Done." };
    for (const event of [
      { type: "message_start", message: { ...message, content: [], stop_reason: null } },
      { type: "content_block_start", index: 0, content_block: opening },
      { type: "content_block_delta", index: 0, delta },
      { type: "content_block_stop", index: 0 },
      { type: "message_delta", delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: 1 } },
      { type: "message_stop" },
    ]) {
      response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
    }
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    turn: () => ({ tools: [...offered], result }),
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

const usage = { input_tokens: 1, output_tokens: 1 };

function resultIn({ messages }: MessagesRequest): string | undefined {
  const blocks = messages.flatMap(({ content }) => (typeof content === "string" ? [] : content));
  const found = blocks.find(({ type }) => type === "tool_result")?.content;
  return typeof found === "string" || found === undefined ? found : found.map(({ text }) => text ?? "").join("\n");
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text;
}
