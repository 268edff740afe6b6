import { spawn } from "node:child_process";
import { install } from "../../../src/dev/clients/install.ts";
import { overSocket } from "../../../src/dev/local/browser-session.ts";
import { devPeople } from "../../../src/dev/local/dev-people.ts";
import { obtainToken } from "../../../src/dev/local/oauth-client.ts";
import { startTemporaryServer } from "../../../src/dev/local/temporary.ts";

/** What a command said before it ended. */
export interface Verdict {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A tool of others that judges servers, installed in the version that is named. */
export async function openJudge(wanted: { id: string; package: string; version: string; command: string }) {
  const { file, version } = await install(wanted);
  return {
    version,
    run: (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Verdict> =>
      new Promise((resolve, reject) => {
        const child = spawn(process.execPath, [file(wanted.command), ...args], { env: { ...process.env, ...env } });
        let [stdout, stderr] = ["", ""];
        child.stdout.on("data", (data) => (stdout += data));
        child.stderr.on("data", (data) => (stderr += data));
        child.on("error", reject).on("close", (code) => resolve({ code: code ?? 1, stdout, stderr }));
      }),
  };
}

/** The running bundle, with a buyer's token. */
export async function startJudged() {
  const server = await startTemporaryServer();
  const { accessToken } = await obtainToken({
    fetch: overSocket,
    origin: server.publicUrl,
    as: devPeople().buyer,
    resource: `${server.publicUrl}/mcp`,
  });
  return { ...server, accessToken };
}
