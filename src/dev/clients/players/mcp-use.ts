import { playLibrary } from "../library-player.ts";
import type { StartPlayer } from "../player.ts";
import { finishBy, type SdkV1Transport, textOf } from "../sdk-connection.ts";

type Texts = readonly { readonly text?: string }[];

interface McpUse {
  MCPClient: new (
    config: object,
  ) => {
    createSession(server: string): Promise<{
      listTools(): Promise<readonly { name: string }[]>;
      readResource(uri: string): Promise<{ contents: Texts }>;
      callTool(name: string, args: object): Promise<{ content: Texts }>;
    }>;
    closeAllSessions(): Promise<void>;
  };
}

interface Sdk {
  StreamableHTTPClientTransport: SdkV1Transport;
}

/** `mcp-use`: its client class of the last version that brings one. Sign-in is finished with the SDK that it carries. */
export const mcpUse: StartPlayer = async (setting) => {
  const { MCPClient } = await setting.load<McpUse>("mcp-use/client");
  const { StreamableHTTPClientTransport } = await setting.load<Sdk>(
    "@modelcontextprotocol/sdk/client/streamableHttp.js",
  );
  return playLibrary(setting, {
    async open(authProvider, url) {
      const client = new MCPClient({ mcpServers: { commerce: { url, authProvider, disableSseFallback: true } } });
      const session = await client.createSession("commerce");
      return {
        list: async () => (await session.listTools()).map(({ name }) => name),
        read: async (uri) => textOf((await session.readResource(uri)).contents),
        call: async (name, args) => textOf((await session.callTool(name, args)).content),
        close: () => client.closeAllSessions(),
      };
    },
    finish: finishBy(StreamableHTTPClientTransport),
  });
};
