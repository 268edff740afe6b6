import { MemoryStore } from "./memory-store.ts";
import type { Player, Setting } from "./player.ts";

/** A connection that a library has made. */
export interface Connection {
  list(): Promise<readonly string[]>;
  read(uri: string): Promise<string>;
  call(tool: string, args: Readonly<Record<string, unknown>>): Promise<string>;
  close(): Promise<void>;
}

/** What differs between the libraries. */
export interface Library {
  /** Connects with what the store holds; throws where the library waits for its person. */
  open(store: MemoryStore, endpoint: string): Promise<Connection>;
  /** Hands the browser's answer to the library. */
  finish(store: MemoryStore, endpoint: string, callback: URL): Promise<void>;
}

/** Plays a library in this process, as a program would use it that keeps its tokens in memory. */
export function playLibrary({ endpoint }: Setting, library: Library): Player {
  // No server listens there: the person's browser hands its answer over.
  const store = new MemoryStore("http://localhost:41234/callback");
  let connection: Connection | undefined;
  const close = async () => {
    await connection?.close();
    connection = undefined;
  };
  const connected = async () => {
    connection ??= await library.open(store, endpoint);
    return connection;
  };
  const sentTo = async () => {
    await close();
    const refusal = await library.open(store, endpoint).then(
      async (opened) => {
        await opened.close();
        return new Error("it connects without a token");
      },
      (error: unknown) => error,
    );
    const address = store.takeAddress();
    if (address === undefined) throw refusal;
    return address;
  };
  return {
    connect: sentTo,
    signIn: (callback) => library.finish(store, endpoint, callback),
    list: async () => (await connected()).list(),
    read: async (uri) => (await connected()).read(uri),
    call: async (tool, args) => (await connected()).call(tool, args),
    async spoilToken() {
      await close();
      store.spoilToken();
    },
    async forget() {
      await close();
      store.forget();
      return undefined;
    },
    async startOver() {
      store.invalidateCredentials("all");
      return { by: "its host has cleared its store", address: await sentTo() };
    },
    close,
  };
}
