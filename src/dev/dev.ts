import { waysToConnect } from "../mcp/connect.ts";
import { type Inbox, startInbox } from "./inbox.ts";
import { misused, readArguments } from "./local/arguments.ts";
import { devPeople } from "./local/dev-people.ts";
import { readDevVars } from "./local/dev-vars.ts";
import { assertFree, PORTS } from "./local/ports.ts";
import { BUSINESS_PREFIX, STATE } from "./local/root.ts";
import { runScript } from "./local/run-script.ts";
import { noteRunning } from "./local/running.ts";
import { type LocalServer, startLocalServer } from "./local/server.ts";
import { onStopSignal } from "./local/stop-signals.ts";

const USAGE = `npm run dev -- [--port ${PORTS.server}] [--sandbox-port ${PORTS.sandbox}] [--inbox-port ${PORTS.inbox}] [--story]

Starts the server and the Stripe sandbox on this machine. With --story the database starts with past sales.`;

/** `npm run dev`: the server and the Stripe sandbox on this machine, with their state in `.state/`. */
async function main(): Promise<undefined> {
  const { values } = readArguments(USAGE, {
    options: {
      port: { type: "string", default: String(PORTS.server) },
      "sandbox-port": { type: "string", default: String(PORTS.sandbox) },
      "inbox-port": { type: "string", default: String(PORTS.inbox) },
      story: { type: "boolean", default: false },
    },
  });
  const since = performance.now();
  say("Preparing the databases and starting …");
  const inboxPort = readPort(values["inbox-port"]);
  await assertFree(inboxPort);
  const inbox = await startInbox(inboxPort);
  const server = await startLocalServer({
    state: STATE,
    port: readPort(values.port),
    sandboxPort: readPort(values["sandbox-port"]),
    vars: { MAIL_INBOX_URL: inbox.url, ...readDevVars() },
    story: values.story,
    onLine: (line) => say(`  ${line}`),
  });
  const forget = noteRunning(server.publicUrl);
  say(welcome(server, inbox, performance.now() - since));
  await new Promise<void>(onStopSignal);
  say("\nStopping …");
  forget();
  inbox.stop();
  await server.stop();
}

function readPort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw misused(`${text} is not a port.`, USAGE);
}

function welcome({ publicUrl, sandbox }: LocalServer, inbox: Inbox, milliseconds: number): string {
  const { owner, buyer } = devPeople();
  return `
Ready in ${(milliseconds / 1000).toFixed(1)} s.

  MCP, with sign-in      ${publicUrl}/mcp
  MCP, without sign-in   ${publicUrl}/mcp/public
  Pages                  ${publicUrl}
  Stripe                 ${sandbox ? `${sandbox.url} (the sandbox: hosted pages, events, deliveries)` : "Stripe itself, in test mode"}
  Mail                   ${inbox.url} (the messages that a deployment would send)

  Owner                  ${owner.email}
  Buyer                  ${buyer.email}
  Password of both       ${owner.password}

Next, in a second terminal:
  ${BUSINESS_PREFIX}npm run token -- --as buyer --scope "checkout:write"
  ${waysToConnect(publicUrl, "commerce").find(({ client }) => client === "Claude Code")?.copy}

Saved source files are reloaded. Ctrl-C stops; ${BUSINESS_PREFIX}npm run dev:reset clears the state.
`;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

await runScript(main);
