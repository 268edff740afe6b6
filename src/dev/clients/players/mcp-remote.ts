import { readdirSync } from "node:fs";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/client";
import { freePort } from "../../local/ports.ts";
import { commandsIn, type RunningCommand } from "../commands.ts";
import { LineTransport } from "../line-transport.ts";
import { visit } from "../person.ts";
import type { StartPlayer } from "../player.ts";
import { connectionOf, type SdkClient } from "../sdk-connection.ts";
import { endToken, forgetClient } from "../stored-tokens.ts";

/** `mcp-remote`: the bridge of clients that start a program and speak to it over its standard input. */
export const mcpRemote: StartPlayer = async ({ endpoint, home, file }) => {
  const commands = commandsIn(home);
  const port = String(await freePort());
  let bridge: RunningCommand | undefined;
  let client: Client;
  let connecting: Promise<void>;
  const open = () => {
    bridge = commands.start(process.execPath, [file(".bin/mcp-remote"), endpoint, port, "--transport", "http-only"], {
      MCP_REMOTE_CONFIG_DIR: join(home, "auth"),
    });
    client = new Client({ name: "host", version: "1.0.0" }, { versionNegotiation: { mode: "legacy" } });
    connecting = client.connect(new LineTransport(bridge.child), { timeout: 60_000 });
    connecting.catch(() => undefined);
    return bridge;
  };
  const close = async () => {
    if (!bridge) return;
    bridge.child.stdin?.end();
    await commands.stop();
    bridge = undefined;
  };
  const connection = async () => {
    if (!bridge) open();
    await connecting;
    return connectionOf(client as SdkClient);
  };
  const change = async (how: (paths: string[]) => void) => {
    await close();
    const files = readdirSync(join(home, "auth"), { recursive: true, encoding: "utf8" });
    how(files.filter((name) => name.endsWith(".json")).map((name) => join(home, "auth", name)));
  };
  return {
    connect: () => open().address(),
    async signIn(callback) {
      await visit(callback);
      await connecting;
    },
    list: async () => (await connection()).list(),
    read: async (uri) => (await connection()).read(uri),
    call: async (tool, args) => (await connection()).call(tool, args),
    spoilToken: () => change(endToken),
    async forget() {
      await change(forgetClient);
      return undefined;
    },
    close,
  };
};
