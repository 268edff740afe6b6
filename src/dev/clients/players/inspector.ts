import { join } from "node:path";
import { freePort } from "../../local/ports.ts";
import { commandsIn, lastWords, type RunningCommand } from "../commands.ts";
import { visit } from "../person.ts";
import type { StartPlayer } from "../player.ts";
import { endToken, forgetClient } from "../stored-tokens.ts";

type Texts = readonly { readonly text?: string }[];

/** `@modelcontextprotocol/inspector --cli`. It keeps its tokens in files, as it does where there is no keychain. */
export const inspector: StartPlayer = async ({ endpoint, home, file }) => {
  const commands = commandsIn(home);
  const callbackUrl = `http://127.0.0.1:${await freePort()}/oauth/callback`;
  const start = (...args: string[]) =>
    commands.start(
      process.execPath,
      [
        file(".bin/mcp-inspector"),
        ...[
          "--cli",
          "--server-url",
          endpoint,
          "--transport",
          "http",
          "--format",
          "json",
          "--callback-url",
          callbackUrl,
        ],
        ...args,
      ],
      { MCP_AUTO_OPEN_ENABLED: "true", MCP_INSPECTOR_SECRET_STORE: "file" },
    );
  const stores = () => ["storage/oauth.json", "secrets.json"].map((path) => join(home, ".mcp-inspector", path));
  let signingIn: RunningCommand;
  async function answer<T>(running: RunningCommand): Promise<T> {
    const end = await running.ended;
    const found = /^\{.*\}$/m.exec(end.stdout);
    if (!found) throw new Error(lastWords(end));
    return (JSON.parse(found[0]) as { result: T }).result;
  }
  const toolsList = () => start("--method", "tools/list");
  return {
    connect() {
      signingIn = toolsList();
      return signingIn.address();
    },
    async signIn(callback) {
      await visit(callback);
      await answer(signingIn);
    },
    list: async () => (await answer<{ tools: { name: string }[] }>(toolsList())).tools.map(({ name }) => name),
    async read(uri) {
      const { contents } = await answer<{ contents: Texts }>(start("--method", "resources/read", "--uri", uri));
      return contents[0]?.text ?? "";
    },
    async call(tool, args) {
      const flags = ["--method", "tools/call", "--tool-name", tool, "--tool-args-json", JSON.stringify(args)];
      return (await start(...flags).ended).output;
    },
    spoilToken: async () => endToken(stores()),
    async forget() {
      forgetClient(stores());
      return undefined;
    },
    close: () => commands.stop(),
  };
};
