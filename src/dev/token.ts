import { isOwnerScope, SCOPES, type Scope } from "../kernel/actor.ts";
import { misused, readArguments } from "./local/arguments.ts";
import { overSocket } from "./local/browser-session.ts";
import { devPeople, ROLES, type Role } from "./local/dev-people.ts";
import { obtainToken } from "./local/oauth-client.ts";
import { findRunning } from "./local/running.ts";
import { runScript, Told } from "./local/told.ts";

const RESOURCES = ["mcp", "api"] as const;
const USAGE = `npm run token -- --as ${ROLES.join("|")} --scope "${SCOPES.join(" ")}" [--resource ${RESOURCES.join("|")}] [--url http://localhost:8787]`;

/**
 * `npm run token`: a bearer token of a person of development, by the same way that every client goes.
 * The token stands alone on the last line of standard output; words for people go to standard error.
 */
async function main(): Promise<undefined> {
  const { as, scopes, resource, url } = wishIn();
  await assertRunning(url);
  const person = devPeople()[as];
  const token = await obtainToken({
    fetch: overSocket,
    origin: url,
    as: person,
    resource: `${url}/${resource}`,
    scopes,
    clientName: "npm run token",
  }).catch((error: unknown) => {
    throw new Told(`The server refused: ${error instanceof Error ? error.message.slice(0, 500) : error}`);
  });
  const missing = scopes.filter((scope) => !token.scopes.includes(scope));
  if (missing.length > 0) throw new Told(`The server did not grant ${missing.join(" ")}.`);
  process.stderr.write(
    `A token of ${person.email} for ${token.resource} with ${token.scopes.join(" ")}, good for ${Math.round(token.expiresInSeconds / 60)} minutes:\n`,
  );
  process.stdout.write(`${token.accessToken}\n`);
}

function wishIn() {
  const { values } = readArguments(USAGE, {
    options: {
      as: { type: "string" },
      scope: { type: "string" },
      resource: { type: "string", default: "mcp" },
      url: { type: "string" },
    },
  });
  const as = ROLES.find((role) => role === values.as);
  if (!as) throw misused(`--as has to be ${ROLES.join(" or ")}.`, USAGE);
  const resource = RESOURCES.find((name) => name === values.resource);
  if (!resource) throw misused(`--resource has to be ${RESOURCES.join(" or ")}.`, USAGE);
  const url = (values.url ?? findRunning()?.publicUrl ?? "http://localhost:8787").replace(/\/$/, "");
  return { as, resource, url, scopes: scopesIn(values.scope ?? "", as) };
}

function scopesIn(text: string, as: Role): readonly Scope[] {
  const words = text.split(/[\s,]+/).filter((word) => word !== "");
  if (words.length === 0) throw misused(`--scope needs one or more of: ${SCOPES.join(" ")}`, USAGE);
  return words.map((word) => {
    const scope = SCOPES.find((known) => known === word);
    if (!scope) throw misused(`There is no scope ${word}. The scopes are: ${SCOPES.join(" ")}`, USAGE);
    if (isOwnerScope(scope) && as !== "owner") throw new Told(`Only the owner can grant ${scope}: use --as owner.`);
    return scope;
  });
}

async function assertRunning(url: string): Promise<void> {
  const answer = await fetch(`${url}/health`, { signal: AbortSignal.timeout(10_000) }).catch(() => undefined);
  if (!answer) throw new Told(`Nothing answers at ${url}. Start the server first: npm run dev`);
  if (!answer.ok) throw new Told(`The server at ${url} is not ready: ${answer.status} ${await answer.text()}`);
}

await runScript(main);
