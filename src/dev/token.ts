import { isOwnerScope, SCOPES, type Scope } from "../kernel/actor.ts";
import { misused, readArguments } from "./local/arguments.ts";
import { overSocket } from "./local/browser-session.ts";
import { devPeople, ROLES, type Role } from "./local/dev-people.ts";
import { obtainToken } from "./local/oauth-client.ts";
import { USUAL_URL } from "./local/ports.ts";
import { runScript, ScriptError } from "./local/run-script.ts";
import { noAnswer, serverUrl } from "./local/running.ts";

const RESOURCES = ["mcp", "api"] as const;
const USAGE = `npm run token -- --as ${ROLES.join("|")} --scope "${SCOPES.join(" ")}" [--resource ${RESOURCES.join("|")}] [--url ${USUAL_URL}]`;

/**
 * `npm run token`: a bearer token for a development account, by the OAuth flow of every client. Standard output is the token
 * alone; messages go to standard error.
 */
async function main(): Promise<undefined> {
  const { as, scopes, resource, url } = readWish();
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
    throw new ScriptError(`The server refused: ${error instanceof Error ? error.message.slice(0, 500) : error}`);
  });
  const missing = scopes.filter((scope) => !token.scopes.includes(scope));
  if (missing.length > 0) throw new ScriptError(`The server did not grant ${missing.join(" ")}.`);
  process.stderr.write(
    `A token of ${person.email} for ${token.resource} with ${token.scopes.join(" ")}, good for ${Math.round(token.expiresInSeconds / 60)} minutes:\n`,
  );
  process.stdout.write(`${token.accessToken}\n`);
}

function readWish() {
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
  const url = serverUrl(values.url);
  return { as, resource, url, scopes: readScopes(values.scope ?? "", as) };
}

function readScopes(text: string, as: Role): readonly Scope[] {
  const words = text.split(/[\s,]+/).filter((word) => word !== "");
  if (words.length === 0) throw misused(`--scope needs one or more of: ${SCOPES.join(" ")}`, USAGE);
  return words.map((word) => {
    const scope = SCOPES.find((known) => known === word);
    if (!scope) throw misused(`There is no scope ${word}. The scopes are: ${SCOPES.join(" ")}`, USAGE);
    if (isOwnerScope(scope) && as !== "owner")
      throw new ScriptError(`Only the owner can grant ${scope}: use --as owner.`);
    return scope;
  });
}

async function assertRunning(url: string): Promise<void> {
  const answer = await fetch(`${url}/health`, { signal: AbortSignal.timeout(10_000) }).catch(() => undefined);
  if (!answer) throw noAnswer(url);
  if (!answer.ok) throw new ScriptError(`The server at ${url} is not ready: ${answer.status} ${await answer.text()}`);
}

await runScript(main);
