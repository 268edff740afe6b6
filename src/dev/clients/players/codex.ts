import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { commandsIn, lastWords, type RunningCommand } from "../commands.ts";
import { LineTransport } from "../line-transport.ts";
import { visit } from "../person.ts";
import type { StartPlayer } from "../player.ts";
import { textOf } from "../sdk-connection.ts";
import { endToken, forgetClient } from "../stored-tokens.ts";

type Texts = readonly { readonly text?: string }[];

/** Codex: `codex mcp login`, then its app server, which lists, reads and calls without a model. */
export const codex: StartPlayer = async ({ endpoint, home, file }) => {
  const commands = commandsIn(home);
  const program = file(".bin/codex");
  const folder = join(home, ".codex");
  mkdirSync(folder);
  // Tokens in a file, as where there is no keychain.
  writeFileSync(
    join(folder, "config.toml"),
    `mcp_oauth_credentials_store = "file"\n[mcp_servers.commerce]\nurl = "${endpoint}"\n`,
  );
  const kept = join(folder, ".credentials.json");
  let signingIn: RunningCommand;
  let server: AppServer | undefined;
  const opened = async () => {
    server ??= await AppServer.open(commands.start(program, ["app-server"]));
    return server;
  };
  const change = async (how: (paths: string[]) => void) => {
    server = undefined;
    await commands.stop();
    how([kept]);
  };
  return {
    connect() {
      signingIn = commands.start(program, ["mcp", "login", "commerce"]);
      return signingIn.address();
    },
    async signIn(callback) {
      await visit(callback);
      const end = await signingIn.ended;
      if (end.code !== 0) throw new Error(lastWords(end));
    },
    list: async () => {
      const status = await (await opened()).ask<{ data: { name: string; tools: object; toolsError: string | null }[] }>(
        "mcpServerStatus/list",
        {},
      );
      const commerce = status.data.find(({ name }) => name === "commerce");
      if (commerce?.toolsError) throw new Error(commerce.toolsError);
      return Object.keys(commerce?.tools ?? {});
    },
    async read(uri) {
      const app = await opened();
      const { contents } = await app.ask<{ contents: Texts }>("mcpServer/resource/read", {
        threadId: await app.thread(),
        server: "commerce",
        uri,
      });
      return textOf(contents);
    },
    async call(tool, args) {
      const app = await opened();
      const wish = { threadId: await app.thread(), server: "commerce", tool, arguments: args };
      return textOf((await app.ask<{ content: Texts }>("mcpServer/tool/call", wish)).content);
    },
    spoilToken: () => change(endToken),
    async forget() {
      await change(forgetClient);
      return undefined;
    },
    close: () => commands.stop(),
  };
};

/** Codex's own JSON-RPC, which its editors' extensions use. */
class AppServer {
  readonly #lines: LineTransport;
  readonly #waiting = new Map<number, (answer: { result?: unknown; error?: { message: string } }) => void>();
  #ids = 0;
  #thread: string | undefined;

  private constructor({ child }: RunningCommand) {
    this.#lines = new LineTransport(child);
    this.#lines.onmessage = (message) => {
      if ("id" in message && !("method" in message)) this.#waiting.get(Number(message.id))?.(message as never);
    };
  }

  static async open(running: RunningCommand): Promise<AppServer> {
    const server = new AppServer(running);
    await server.#lines.start();
    const clientInfo = { name: "client-under-test", title: "Client under test", version: "1.0.0" };
    await server.ask("initialize", { clientInfo, capabilities: { experimentalApi: true } });
    await server.#lines.send({ method: "initialized" });
    return server;
  }

  async ask<T>(method: string, params: object): Promise<T> {
    const id = ++this.#ids;
    const answered = new Promise<{ result?: unknown; error?: { message: string } }>((resolve) =>
      this.#waiting.set(id, resolve),
    );
    await this.#lines.send({ id, method, params });
    const { result, error } = await answered;
    if (error) throw new Error(error.message);
    return result as T;
  }

  /** A conversation, in which alone tools are called. No model is asked. */
  async thread(): Promise<string> {
    this.#thread ??= (await this.ask<{ thread: { id: string } }>("thread/start", {})).thread.id;
    return this.#thread;
  }
}
