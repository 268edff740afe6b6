import { playLibrary } from "../library-player.ts";
import type { StartPlayer } from "../player.ts";
import { textOf } from "../sdk-connection.ts";

type Texts = readonly { readonly text?: string }[];

interface Agents {
  MCPServerStreamableHttp: new (
    options: object,
  ) => {
    connect(): Promise<void>;
    listTools(): Promise<readonly { name: string }[]>;
    readResource(uri: string): Promise<{ contents: Texts }>;
    callTool(name: string, args: object): Promise<Texts>;
    close(): Promise<void>;
  };
}

interface Sdk {
  StreamableHTTPClientTransport: new (
    url: URL,
    options: object,
  ) => { finishAuth(callback: URLSearchParams): Promise<void> };
}

/** `@openai/agents`: its server class, without a model. Sign-in is finished with the SDK that it carries. */
export const openaiAgents: StartPlayer = async (setting) => {
  const { MCPServerStreamableHttp } = await setting.load<Agents>("@openai/agents");
  const { StreamableHTTPClientTransport } = await setting.load<Sdk>("@modelcontextprotocol/client");
  return playLibrary(setting, {
    async open(authProvider, url) {
      const server = new MCPServerStreamableHttp({ url, name: "commerce", authProvider });
      await server.connect();
      return {
        list: async () => (await server.listTools()).map(({ name }) => name),
        read: async (uri) => textOf((await server.readResource(uri)).contents),
        call: async (name, args) => textOf(await server.callTool(name, args)),
        close: () => server.close(),
      };
    },
    finish: (authProvider, endpoint, callback) =>
      new StreamableHTTPClientTransport(new URL(endpoint), { authProvider }).finishAuth(callback.searchParams),
  });
};
