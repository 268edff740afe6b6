import type { StartPlayer } from "./player.ts";
import { aiSdk } from "./players/ai-sdk.ts";
import { langchain } from "./players/langchain.ts";
import { mastra } from "./players/mastra.ts";
import { openaiAgents } from "./players/openai-agents.ts";
import { sdkV1 } from "./players/sdk-v1.ts";
import { sdkV2 } from "./players/sdk-v2.ts";

/** A client that is played, and the exact package that it is. */
export interface ListedClient {
  readonly id: string;
  readonly name: string;
  readonly package: string;
  readonly version: string;
  readonly start: StartPlayer;
}

/** The clients of `npm run test:clients`, each at one version. */
export const CLIENTS: readonly ListedClient[] = [
  {
    id: "sdk-1.12",
    name: "MCP SDK v1, May 2025",
    package: "@modelcontextprotocol/sdk",
    version: "1.12.3",
    start: sdkV1,
  },
  {
    id: "sdk-1.20",
    name: "MCP SDK v1, October 2025",
    package: "@modelcontextprotocol/sdk",
    version: "1.20.2",
    start: sdkV1,
  },
  { id: "sdk-1.32", name: "MCP SDK v1, latest", package: "@modelcontextprotocol/sdk", version: "1.32.2", start: sdkV1 },
  { id: "sdk-2", name: "MCP SDK v2", package: "@modelcontextprotocol/client", version: "2.4.0", start: sdkV2 },
  { id: "ai-sdk", name: "Vercel AI SDK", package: "@ai-sdk/mcp", version: "2.0.99", start: aiSdk },
  { id: "langchain", name: "LangChain", package: "@langchain/mcp-adapters", version: "1.1.4", start: langchain },
  { id: "openai-agents", name: "OpenAI Agents SDK", package: "@openai/agents", version: "0.20.0", start: openaiAgents },
  { id: "mastra", name: "Mastra", package: "@mastra/mcp", version: "2.0.0", start: mastra },
];
