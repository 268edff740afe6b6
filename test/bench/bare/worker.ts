import { fromJsonSchema, McpServer } from "@modelcontextprotocol/server";
import { createMcpHandler } from "agents/mcp/server";
import { RESOURCE, TOOL } from "./names.ts";

/** The documents and answers of this Worker are these texts. */
const SAID = { said: "hello" };

/** The least server of the protocol: the handler that ours uses, with one tool and one resource that never change. */
function createServer(): McpServer {
  const server = new McpServer({ name: "bare", version: "1.0.0" });
  const config = {
    title: "Say hello",
    description: "Says hello.",
    inputSchema: fromJsonSchema<Record<string, unknown>>({ type: "object" }),
  };
  server.registerTool(TOOL, config, () => ({ content: [{ type: "text", text: JSON.stringify(SAID) }] }));
  const document = { title: "A document", description: "A document that says hello.", mimeType: "application/json" };
  server.registerResource("document", RESOURCE, document, ({ href }) => ({
    contents: [{ uri: href, mimeType: "application/json", text: JSON.stringify(SAID) }],
  }));
  return server;
}

const handler = createMcpHandler(createServer, { route: "/mcp" });

export default {
  fetch: (request) => handler.fetch(request),
} satisfies ExportedHandler;
