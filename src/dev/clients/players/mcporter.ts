import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { commandsIn, lastWords, type RunningCommand } from "../commands.ts";
import { visit } from "../person.ts";
import type { StartPlayer } from "../player.ts";
import { endToken, forgetClient } from "../stored-tokens.ts";

/** `mcporter`, at the command line. */
export const mcporter: StartPlayer = async ({ endpoint, home, file }) => {
  const commands = commandsIn(home);
  const cli = file("mcporter/dist/cli.js");
  mkdirSync(join(home, "config"));
  const mcpServers = { commerce: { baseUrl: endpoint, auth: "oauth" } };
  writeFileSync(join(home, "config", "mcporter.json"), JSON.stringify({ mcpServers }));
  const kept = join(home, ".mcporter", "credentials.json");
  let signingIn: RunningCommand;
  const ask = (...args: string[]) => commands.run(process.execPath, [cli, ...args, "--no-oauth"]);
  return {
    connect() {
      signingIn = commands.start(process.execPath, [cli, "auth", "commerce"]);
      return signingIn.address();
    },
    async signIn(callback) {
      await visit(callback);
      const end = await signingIn.ended;
      if (end.code !== 0) throw new Error(lastWords(end));
    },
    async list() {
      const end = await commands.run(process.execPath, [cli, "list", "commerce", "--json"]);
      if (end.code !== 0) throw new Error(lastWords(end));
      return (JSON.parse(end.stdout) as { tools: { name: string }[] }).tools.map(({ name }) => name);
    },
    read: async (uri) => (await ask("resource", "commerce", uri)).stdout,
    call: async (tool, args) =>
      (await ask("call", `commerce.${tool}`, "--args", JSON.stringify(args), "--output", "json")).stdout,
    spoilToken: async () => endToken([kept]),
    async forget() {
      forgetClient([kept]);
      return undefined;
    },
    close: () => commands.stop(),
  };
};
