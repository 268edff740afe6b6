import { existsSync } from "node:fs";
import { join } from "node:path";
import { commandsIn, lastWords, type RunningCommand } from "../commands.ts";
import { visit } from "../person.ts";
import type { StartPlayer } from "../player.ts";
import { standInModel } from "../stand-in-model.ts";
import { NotPossible } from "../steps.ts";
import { endToken, forgetClient } from "../stored-tokens.ts";

const SCRIPT = "/usr/bin/script";
const PREFIX = "mcp__commerce__";

/** Claude Code: `claude mcp add` and `login`, then `claude -p` with a stand-in for its model. */
export const claudeCode: StartPlayer = async ({ endpoint, home, file }) => {
  const commands = commandsIn(home);
  const program = file(".bin/claude");
  const quiet = { DISABLE_AUTOUPDATER: "1", CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1" };
  const kept = join(home, ".claude", ".credentials.json");
  let signingIn: RunningCommand;

  function logIn(): Promise<string> {
    // It signs in at a terminal only.
    if (!existsSync(SCRIPT)) throw new NotPossible(`it needs a terminal, and ${SCRIPT} is not there to give it one`);
    signingIn = commands.start(SCRIPT, ["-qec", `${program} mcp login commerce`, "/dev/null"], quiet);
    return signingIn.address();
  }

  /** One conversation in which the model calls a tool. */
  async function converse(tool: string | undefined, args: object = {}) {
    const model = await standInModel(tool === undefined ? undefined : { tool, args });
    try {
      const end = await commands.run(
        program,
        ["-p", "Go on.", "--allowedTools", `${PREFIX}*,ReadMcpResourceTool,ListMcpResourcesTool`],
        {
          ...quiet,
          ANTHROPIC_BASE_URL: model.url,
          ANTHROPIC_API_KEY: "sk-ant-stand-in",
          ENABLE_TOOL_SEARCH: "false",
        },
      );
      const turn = model.turn();
      if (end.code !== 0 || turn.tools.length === 0) throw new Error(lastWords(end));
      return turn;
    } finally {
      model.stop();
    }
  }
  async function result(tool: string, args: object): Promise<string> {
    const turn = await converse(tool, args);
    if (turn.result === undefined) throw new Error(`the model is given no result of ${tool}`);
    return turn.result;
  }

  return {
    async connect() {
      const added = await commands.run(program, ["mcp", "add", "--transport", "http", "commerce", endpoint], quiet);
      if (added.code !== 0 && !added.output.includes("already exists")) throw new Error(lastWords(added));
      return logIn();
    },
    async signIn(callback) {
      await visit(callback);
      const end = await signingIn.ended;
      if (end.code !== 0) throw new Error(lastWords(end));
    },
    list: async () => (await converse(undefined)).tools.filter((name) => name.startsWith(PREFIX)),
    async read(uri) {
      const text = await result("ReadMcpResourceTool", { server: "commerce", uri });
      const { contents } = JSON.parse(text) as { contents: readonly { text: string }[] };
      return contents[0]?.text ?? "";
    },
    call: (tool, args) => result(`${PREFIX}${tool}`, args),
    spoilToken: async () => endToken([kept]),
    async forget() {
      forgetClient([kept]);
      return undefined;
    },
    async startOver() {
      await commands.stop();
      const end = await commands.run(program, ["mcp", "logout", "commerce"], quiet);
      if (end.code !== 0) throw new Error(lastWords(end));
      return { by: "`claude mcp logout` has run", address: await logIn() };
    },
    close: () => commands.stop(),
  };
};
