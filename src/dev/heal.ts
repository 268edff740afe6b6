import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { readArguments } from "./local/arguments.ts";
import { overSocket } from "./local/browser-session.ts";
import { devPeople } from "./local/dev-people.ts";
import { obtainToken } from "./local/oauth-client.ts";
import { USUAL_URL } from "./local/ports.ts";
import { runScript, ScriptError } from "./local/run-script.ts";
import { noAnswer, serverUrl } from "./local/running.ts";

/** The path at which wrangler runs a local Worker's schedule. A deployment does not have it. */
const SCHEDULED = "/cdn-cgi/handler/scheduled";

interface Health {
  readonly lastWebhookAt: string | null;
  readonly failedEvents: number;
  readonly blockedEvents: number;
  readonly stuckOperations: number;
  readonly waitingChecks: number;
  readonly longestWaitSeconds: number | null;
  readonly events: readonly { eventReference: string; eventType: string; status: string; attempts: number }[];
  readonly lastScheduledRun: { readonly finishedAt: string; readonly report: Record<string, unknown> } | null;
}

const USAGE = `npm run heal -- [--url ${USUAL_URL}]

Runs the schedule of the running development server once, and reports what it did.`;

/** `npm run heal`: runs the schedule of the running development server once, and reports what it did. */
async function main(): Promise<undefined> {
  const { values } = readArguments(USAGE, { options: { url: { type: "string" } } });
  const url = serverUrl(values.url);
  const answer = await fetch(`${url}${SCHEDULED}`, { signal: AbortSignal.timeout(120_000) }).catch(() => undefined);
  if (!answer) throw noAnswer(url);
  if (!answer.ok)
    throw new ScriptError(`The scheduled run failed: ${answer.status}. The reason stands in the output of the server.`);
  const health = await healthOf(url);
  if (!health.lastScheduledRun) throw new ScriptError("The run left no record.");
  const { finishedAt, report } = health.lastScheduledRun;
  process.stdout.write(`Ran until ${finishedAt}.\n\n`);
  for (const [name, part] of Object.entries(report)) process.stdout.write(`  ${name.padEnd(14)} ${partText(part)}\n`);
  const { lastWebhookAt, failedEvents, blockedEvents, stuckOperations, waitingChecks, events } = health;
  process.stdout.write(
    `\nLast webhook ${lastWebhookAt ?? "never"}; ${failedEvents} failed and ${blockedEvents} blocked events, ${stuckOperations} stuck operations.\n`,
  );
  const longest = health.longestWaitSeconds === null ? "" : `, the longest for ${health.longestWaitSeconds} seconds`;
  process.stdout.write(`${waitingChecks} checkouts wait for a check${longest}.\n`);
  for (const { eventReference, eventType, status, attempts } of events) {
    process.stdout.write(`  ${eventReference}  ${eventType}  ${status} after ${attempts}\n`);
  }
}

/** `asked 3, changed 1`; a nested part is written as `name: …`. */
function partText(part: unknown): string {
  if (typeof part !== "object" || part === null) return String(part).replaceAll("_", " ");
  return Object.entries(part)
    .map(([name, value]) => (typeof value === "object" ? `${name}: ${partText(value)}` : `${name} ${value}`))
    .join(", ");
}

async function healthOf(url: string): Promise<Health> {
  const { accessToken } = await obtainToken({
    fetch: overSocket,
    origin: url,
    as: devPeople().owner,
    resource: `${url}/mcp`,
    scopes: ["owner:read"],
    clientName: "npm run heal",
  });
  const client = new Client({ name: "heal", version: "1.0.0" });
  const requestInit = { headers: { Authorization: `Bearer ${accessToken}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { requestInit }));
  const { contents } = await client.readResource({ uri: "commerce://health" });
  const [content] = contents;
  if (!content || !("text" in content)) throw new ScriptError("commerce://health has no text.");
  await client.close();
  return JSON.parse(content.text) as Health;
}

await runScript(main);
