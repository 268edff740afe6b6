import { playLibrary } from "../library-player.ts";
import type { StartPlayer } from "../player.ts";
import { textOf } from "../sdk-connection.ts";

type Texts = readonly { readonly text?: string }[];

interface AiSdk {
  createMCPClient(config: object): Promise<{
    listTools(): Promise<{ tools: readonly { name: string }[] }>;
    readResource(wish: { uri: string }): Promise<{ contents: Texts }>;
    callTool(wish: { name: string; arguments: object }): Promise<{ content: Texts }>;
    close(): Promise<void>;
  }>;
  auth(store: object, options: object): Promise<string>;
}

/** `@ai-sdk/mcp`, Vercel's client with OAuth of its own. */
export const aiSdk: StartPlayer = async (setting) => {
  const { createMCPClient, auth } = await setting.load<AiSdk>("@ai-sdk/mcp");
  return playLibrary(setting, {
    async open(authProvider, url) {
      const client = await createMCPClient({ transport: { type: "http", url, authProvider } });
      return {
        list: async () => (await client.listTools()).tools.map(({ name }) => name),
        read: async (uri) => textOf((await client.readResource({ uri })).contents),
        call: async (name, args) => textOf((await client.callTool({ name, arguments: args })).content),
        close: () => client.close(),
      };
    },
    async finish(store, serverUrl, { searchParams }) {
      const ended = await auth(store, {
        serverUrl,
        authorizationCode: searchParams.get("code") ?? "",
        callbackState: searchParams.get("state") ?? "",
        callbackIssuer: searchParams.get("iss") ?? "",
      });
      if (ended !== "AUTHORIZED") throw new Error(`the sign-in ended as ${ended}`);
    },
  });
};
