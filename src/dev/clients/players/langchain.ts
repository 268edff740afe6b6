import { playLibrary } from "../library-player.ts";
import type { StartPlayer } from "../player.ts";
import { finishBy, type SdkV1Transport, textOf } from "../sdk-connection.ts";

interface Tool {
  readonly name: string;
  invoke(args: object): Promise<unknown>;
}

interface Adapters {
  MultiServerMCPClient: new (
    config: object,
  ) => {
    getTools(): Promise<readonly Tool[]>;
    readResource(server: string, uri: string): Promise<readonly { text?: string }[]>;
    close(): Promise<void>;
  };
}

interface Sdk {
  StreamableHTTPClientTransport: SdkV1Transport;
}

/** `@langchain/mcp-adapters`: tools as LangChain's agents are given them. Sign-in is finished with the SDK that it carries. */
export const langchain: StartPlayer = async (setting) => {
  const { MultiServerMCPClient } = await setting.load<Adapters>("@langchain/mcp-adapters");
  const { StreamableHTTPClientTransport } = await setting.load<Sdk>(
    "@modelcontextprotocol/sdk/client/streamableHttp.js",
  );
  return playLibrary(setting, {
    async open(authProvider, url) {
      const commerce = { transport: "http", url, authProvider, automaticSSEFallback: false };
      const client = new MultiServerMCPClient({ mcpServers: { commerce }, throwOnLoadError: true });
      const tools = await client.getTools();
      return {
        list: async () => tools.map(({ name }) => name),
        read: async (uri) => textOf(await client.readResource("commerce", uri)),
        // A refused call is thrown to the agent, with the answer's text as its message.
        call: async (name, args) => {
          const tool = tools.find((one) => one.name === name);
          if (!tool) throw new Error(`there is no tool ${name}`);
          return tool.invoke(args).then(
            (answer) => (typeof answer === "string" ? answer : JSON.stringify(answer)),
            (error: unknown) => String(error),
          );
        },
        close: () => client.close(),
      };
    },
    finish: finishBy(StreamableHTTPClientTransport),
  });
};
