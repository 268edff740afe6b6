import type { Connection, Library } from "./library-player.ts";

type Content = readonly { readonly text?: string }[];

/** The client class of both ages of the SDK, as far as it is played. */
export interface SdkClient {
  connect(transport: unknown): Promise<void>;
  listTools(): Promise<{ tools: readonly { name: string }[] }>;
  readResource(wish: { uri: string }): Promise<{ contents: Content }>;
  callTool(wish: { name: string; arguments: object }): Promise<{ content: Content; structuredContent?: unknown }>;
  close(): Promise<void>;
}

/** A connected client of the SDK. */
export const connectionOf = (client: SdkClient): Connection => ({
  list: async () => (await client.listTools()).tools.map(({ name }) => name),
  read: async (uri) => textOf((await client.readResource({ uri })).contents),
  call: async (name, args) => textOf((await client.callTool({ name, arguments: args })).content),
  close: () => client.close(),
});

/** The texts of an answer, joined. */
export const textOf = (content: Content): string => content.map(({ text }) => text ?? "").join("\n");

/** The transport of the SDK's first version, as far as a sign-in is finished with it. */
export type SdkV1Transport = new (url: URL, options: object) => { finishAuth(code: string): Promise<void> };

/** Finishes a sign-in with that transport. */
export const finishBy =
  (Transport: SdkV1Transport): Library["finish"] =>
  (authProvider, endpoint, callback) =>
    new Transport(new URL(endpoint), { authProvider }).finishAuth(callback.searchParams.get("code") ?? "");
