import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { install } from "./clients/install.ts";
import { CLIENTS, type ListedClient } from "./clients/list.ts";
import { callFrom } from "./clients/network.ts";
import { openPerson, type Person } from "./clients/person.ts";
import { play } from "./clients/play.ts";
import { LAST_RUN, runTable } from "./clients/run.ts";
import type { Played, Run } from "./clients/steps.ts";
import { misused, readArguments } from "./local/arguments.ts";
import { devPeople } from "./local/dev-people.ts";
import { runScript } from "./local/run-script.ts";
import { onStopSignal } from "./local/stop-signals.ts";
import { startTemporaryServer } from "./local/temporary.ts";

const USAGE = `npm run test:clients -- [--only <id> …] [--keep] [--json]

Installs the clients of src/dev/clients/list.ts and plays each against the real bundle, on free ports.
  --only <id>  plays this client; may be repeated
  --keep       writes the result to ${LAST_RUN.name}, from which CLIENTS.md is made
  --json       prints the result as JSON

Clients: ${CLIENTS.map(({ id }) => id).join(", ")}`;

/** `npm run test:clients`: plays real clients. Exit code 1 when a step fails that the client can do. */
async function main(): Promise<number> {
  const { only, keep, json } = readArguments(USAGE, {
    options: {
      only: { type: "string", multiple: true },
      keep: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    },
  }).values;
  const unknown = only?.find((id) => !CLIENTS.some((client) => client.id === id));
  if (unknown !== undefined) throw misused(`There is no client ${unknown}`, USAGE);
  const chosen = CLIENTS.filter(({ id }) => only?.includes(id) ?? true);
  const say = (text: string) => json || process.stdout.write(`${text}\n`);

  say("Building the bundle and starting it on free ports …");
  const server = await startTemporaryServer();
  onStopSignal(() => void server.stop().then(() => process.exit(130)));
  // What a library prints for its own developers is left out.
  for (const kind of ["log", "info", "warn", "error", "debug"] as const) console[kind] = () => undefined;
  // A client's own loose end must not end the others' run.
  process.on("unhandledRejection", (error) => say(`  (a client left an error unhandled: ${String(error)})`));
  const clients: Played[] = [];
  try {
    for (const [index, client] of chosen.entries()) {
      callFrom(`198.51.100.${index + 1}`);
      const person = await openPerson(server.publicUrl, devPeople().buyer, server.sandbox);
      clients.push(await playOne(client, { origin: server.publicUrl, person, say }));
    }
  } finally {
    await server.stop();
  }
  const run: Run = { date: new Date().toISOString().slice(0, 10), node: process.version, clients };
  say(`\n${runTable(run)}`);
  if (keep) writeFileSync(LAST_RUN.path, `${JSON.stringify(run, null, 2)}\n`);
  if (json) process.stdout.write(`${JSON.stringify(run, null, 2)}\n`);
  return clients.some(({ cells }) => Object.values(cells).some(({ outcome }) => outcome === "no")) ? 1 : 0;
}

async function playOne(
  client: ListedClient,
  { origin, person, say }: { origin: string; person: Person; say: (text: string) => unknown },
): Promise<Played> {
  say(`\n${client.name}: ${client.package} ${client.version}`);
  const { version, ...packages } = await install(client);
  const home = mkdtempSync(join(tmpdir(), `client-${client.id}-`));
  try {
    const cells = await play(client.start, { endpoint: `${origin}/mcp`, person, home, ...packages }, (step, cell) =>
      say(`  ${step.padEnd(10)}${cell.outcome}${"why" in cell ? `: ${cell.why}` : cell.how ? `, ${cell.how}` : ""}`),
    );
    return { id: client.id, name: client.name, through: client.through, version, cells };
  } finally {
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  }
}

await runScript(main);
