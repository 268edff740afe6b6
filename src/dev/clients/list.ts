import type { StartPlayer } from "./player.ts";
import { aiSdk } from "./players/ai-sdk.ts";
import { claudeCode } from "./players/claude-code.ts";
import { codex } from "./players/codex.ts";
import { inspector } from "./players/inspector.ts";
import { langchain } from "./players/langchain.ts";
import { mastra } from "./players/mastra.ts";
import { mcpRemote } from "./players/mcp-remote.ts";
import { mcpUse } from "./players/mcp-use.ts";
import { mcporter } from "./players/mcporter.ts";
import { openaiAgents } from "./players/openai-agents.ts";
import { sdkV1 } from "./players/sdk-v1.ts";
import { sdkV2 } from "./players/sdk-v2.ts";

/** A client that is played, and the exact package that it is. */
export interface ListedClient {
  readonly id: string;
  readonly name: string;
  /** Which part of it is played, and by what means. */
  readonly through: string;
  readonly package: string;
  readonly version: string;
  readonly start: StartPlayer;
}

/** The clients of `npm run test:clients`, each at one version. */
export const CLIENTS: readonly ListedClient[] = [
  {
    id: "sdk-1.12",
    through: "its client class",
    name: "MCP SDK v1, May 2025",
    package: "@modelcontextprotocol/sdk",
    version: "1.12.3",
    start: sdkV1,
  },
  {
    id: "sdk-1.20",
    through: "its client class",
    name: "MCP SDK v1, October 2025",
    package: "@modelcontextprotocol/sdk",
    version: "1.20.2",
    start: sdkV1,
  },
  {
    id: "sdk-1.32",
    through: "its client class",
    name: "MCP SDK v1, latest",
    package: "@modelcontextprotocol/sdk",
    version: "1.32.2",
    start: sdkV1,
  },
  {
    id: "sdk-2",
    through: "its client class",
    name: "MCP SDK v2",
    package: "@modelcontextprotocol/client",
    version: "2.4.0",
    start: sdkV2,
  },
  {
    id: "ai-sdk",
    through: "its client, with OAuth of its own",
    name: "Vercel AI SDK",
    package: "@ai-sdk/mcp",
    version: "2.0.99",
    start: aiSdk,
  },
  {
    id: "langchain",
    through: "tools as its agents get them",
    name: "LangChain",
    package: "@langchain/mcp-adapters",
    version: "1.1.4",
    start: langchain,
  },
  {
    id: "openai-agents",
    through: "its server class, without a model",
    name: "OpenAI Agents SDK",
    package: "@openai/agents",
    version: "0.20.0",
    start: openaiAgents,
  },
  {
    id: "mastra",
    through: "its client; registered beforehand, as it asks",
    name: "Mastra",
    package: "@mastra/mcp",
    version: "2.0.0",
    start: mastra,
  },
  // From 2.0 on the package is a framework for servers; its client part is not in the registry.
  { id: "mcp-use", through: "its client class", name: "mcp-use", package: "mcp-use", version: "1.34.6", start: mcpUse },
  {
    id: "claude-code",
    through: "`claude mcp add`, `login` and `logout`; `claude -p` with a stand-in for its model",
    name: "Claude Code",
    package: "@anthropic-ai/claude-code",
    version: "2.1.332",
    start: claudeCode,
  },
  {
    id: "codex",
    through: "`codex mcp login`, then its app server without a model",
    name: "Codex",
    package: "@openai/codex",
    version: "0.171.0",
    start: codex,
  },
  {
    id: "mcp-remote",
    through: "its bridge, by a client of 2025 over standard input",
    name: "mcp-remote",
    package: "mcp-remote",
    version: "0.15.1",
    start: mcpRemote,
  },
  {
    id: "mcporter",
    through: "its command line",
    name: "mcporter",
    package: "mcporter",
    version: "0.12.3",
    start: mcporter,
  },
  {
    id: "inspector",
    through: "its command line, `--cli`",
    name: "MCP Inspector",
    package: "@modelcontextprotocol/inspector",
    version: "2.12.0",
    start: inspector,
  },
];
