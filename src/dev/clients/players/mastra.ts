import { freePort } from "../../local/ports.ts";
import { visit } from "../person.ts";
import type { StartPlayer } from "../player.ts";
import { textOf } from "../sdk-connection.ts";

interface Store {
  set(key: string, value: string): void;
  get(key: string): string | undefined;
  delete(key: string): void;
  clear(): void;
}

interface Mastra {
  MCPOAuthClientProvider: new (options: object) => object;
  MCPClient: new (
    config: object,
  ) => {
    authenticate(server: string, options: { timeoutMs: number }): Promise<void>;
    listToolDefinitions(): Promise<unknown>;
    listTools(): Promise<Record<string, { execute?(args: object): Promise<unknown> }>>;
    readonly resources: { read(server: string, uri: string): Promise<{ contents: readonly { text?: string }[] }> };
    disconnect(): Promise<void>;
  };
}

/** `@mastra/mcp`: it registers no client, so this one is registered beforehand, as its documentation asks. */
export const mastra: StartPlayer = async ({ endpoint, load }) => {
  const { MCPClient, MCPOAuthClientProvider } = await load<Mastra>("@mastra/mcp");
  const redirectUrl = `http://localhost:${await freePort()}/callback`;
  const clientMetadata = {
    client_name: "Mastra",
    redirect_uris: [redirectUrl],
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    token_endpoint_auth_method: "none",
  };
  const clientInformation = await register(new URL(endpoint).origin, clientMetadata);
  const kept = new Map<string, string>();
  const storage: Store = {
    set: (key, value) => void kept.set(key, value),
    get: (key) => kept.get(key),
    delete: (key) => void kept.delete(key),
    clear: () => kept.clear(),
  };
  let sentTo: (address: string) => void = () => undefined;
  const authProvider = new MCPOAuthClientProvider({
    redirectUrl,
    clientMetadata,
    clientInformation,
    storage,
    onRedirectToAuthorization: (address: URL) => sentTo(address.href),
  });
  const open = () =>
    new MCPClient({ id: crypto.randomUUID(), servers: { commerce: { url: new URL(endpoint), authProvider } } });
  let client = open();
  let signedIn: Promise<void> | undefined;
  const reopen = async () => {
    await client.disconnect();
    client = open();
  };
  return {
    connect: () =>
      new Promise((resolve, reject) => {
        sentTo = resolve;
        signedIn = client.authenticate("commerce", { timeoutMs: 60_000 });
        signedIn.catch(reject);
      }),
    async signIn(callback) {
      await visit(callback);
      await signedIn;
    },
    list: async () => Object.keys(await client.listTools()),
    read: async (uri) => textOf((await client.resources.read("commerce", uri)).contents),
    async call(name, args) {
      const tool = (await client.listTools())[`commerce_${name}`];
      if (!tool?.execute) throw new Error(`there is no tool ${name}`);
      return tool.execute(args).then(
        (answer) => JSON.stringify(answer),
        (error: unknown) => String(error),
      );
    },
    async spoilToken() {
      const spoilt = [...kept].map(
        ([key, value]) => [key, value.replace(/("access_token":")[^"]*/, "$1unknown")] as const,
      );
      for (const [key, value] of spoilt) kept.set(key, value);
      await reopen();
    },
    async forget() {
      for (const [key, value] of kept)
        kept.set(key, value.replace(/("(?:access|refresh)_token":")[^"]*/g, "$1a:b:unknown"));
      await reopen();
      return "its tokens: it registers no client";
    },
    close: () => client.disconnect(),
  };
};

async function register(origin: string, metadata: object): Promise<{ client_id: string }> {
  const answer = await fetch(`${origin}/oauth/register`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(metadata),
  });
  if (answer.status !== 201) throw new Error(`the registration is refused: ${await answer.text()}`);
  return (await answer.json()) as { client_id: string };
}
