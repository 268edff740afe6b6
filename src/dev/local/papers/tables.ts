import { resources } from "../../../../resources/index.ts";
import { readTools, writes } from "../../../../tools/index.ts";
import { scopeUses, usesClauses } from "../../../auth/scope-uses.ts";
import { scopeWords } from "../../../auth/scopes.ts";
import { BOUNDS, type Bound } from "../../../base/bounds.ts";
import { LOG_LINES, type LogMeaning } from "../../../base/log-lines.ts";
import { PROBLEMS } from "../../../base/problem.ts";
import { ROUTES } from "../../../commerce/routes.ts";
import { RISK_WORDS } from "../../../commerce/words.ts";
import { BUSINESS_PARTS } from "../../../db/schema/vocabulary.ts";
import { isOwnerScope, SCOPES, type Scope } from "../../../kernel/actor.ts";
import { wordsFor } from "../../../kernel/parts.ts";
import { leastProofText } from "../../../kernel/risk.ts";
import { waysToConnect } from "../../../mcp/connect.ts";
import { lastRun, runRows, stepName } from "../../clients/run.ts";
import { STEPS, type Step } from "../../clients/steps.ts";
import { createCommand } from "../../deploy/stripe-check.ts";
import { USUAL_URL } from "../ports.ts";
import { FLOORS } from "./floors.ts";
import { scalingTables } from "./scaling.ts";
import { scriptText } from "./scripts.ts";
import { table } from "./table.ts";

/** The generated parts of each paper, by the name in their markers. */
export const papers = (scripts: Readonly<Record<string, string>>) => ({
  "README.md": readmeTables(scripts),
  "CLIENTS.md": clientTables(),
  "DEPLOYING.md": { webhook: webhookCommand() },
  "BOUNDS.md": { bounds: boundTable() },
  "OPERATING.md": { log: logTable() },
  "CONTRIBUTING.md": { layout: layoutTable() },
  "SCALING.md": scalingTables(),
});

/** A row for each meaning: codes of one event that say the same share theirs. */
function logTable(): string {
  const lines = Object.entries(LOG_LINES).flatMap(([event, codes]) => {
    const byMeaning = Map.groupBy(Object.entries(codes as Record<string, LogMeaning>), ([, line]) =>
      JSON.stringify(line),
    );
    return [...byMeaning.values()].flatMap((alike) => {
      const [, line] = alike[0] ?? [];
      return line ? [{ event, codes: alike.map(([name]) => code(name)).join(", "), ...line }] : [];
    });
  });
  return table(
    ["`event`", "`code`", "`name`", "what it means", "what to do"],
    lines.map(({ event, codes, name, means, act, alert }) => [
      code(event),
      alert ? `**${codes}**` : codes,
      name,
      means,
      act,
    ]),
  );
}

/** The command that makes the endpoint, as `npm run deploy -- --check` prints it, a type a line. */
function webhookCommand(): string {
  const command = createCommand(`https://shop.example.com${ROUTES.stripeWebhook}`, "sandbox");
  return `\`\`\`sh\n${command.replaceAll(' -d "enabled', ' \\\n  -d "enabled')}\n\`\`\``;
}

function boundTable(): string {
  return table(
    ["what is counted", "for each", "most", "in", "why"],
    Object.values(BOUNDS).map(({ what, of, most, seconds, reason }: Bound) => [
      what,
      of,
      most.toLocaleString("en"),
      windowText(seconds),
      reason,
    ]),
  );
}

function windowText(seconds: number | null): string {
  if (seconds === null) return "at once";
  return { 60: "a minute", 3600: "an hour", 86400: "a day" }[seconds] ?? `${seconds} seconds`;
}

/** The steps, and the last run that was kept. */
function clientTables() {
  const run = lastRun();
  const { head, rows, reasons } = runRows(run);
  return {
    steps: table(
      ["step", "the client"],
      (Object.keys(STEPS) as Step[]).map((step) => [stepName(step), STEPS[step]]),
    ),
    run: [
      `Played on ${run.date} with Node ${run.node}.`,
      "",
      table(head, rows),
      ...(reasons.length > 0 ? ["", ...reasons.map((why, index) => `${index + 1}. ${why}`)] : []),
      "",
      table(
        ["client", "played through"],
        run.clients.map(({ name, through }) => [name, through]),
      ),
    ].join("\n"),
  };
}

function readmeTables(scripts: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const uses = scopeUses(writes, resources, RISK_WORDS);
  return {
    tools: table(
      ["tool", "needs", "least proof by risk", "what it does"],
      [
        ...writes.map((write) => [code(write.name), code(write.scope), leastProofText(write), write.description]),
        ...readTools.map((tool) => [
          code(tool.name),
          tool.public ? "nothing" : "any scope",
          "",
          wordsFor(tool.description, ALL_PARTS),
        ]),
      ],
    ),
    resources: table(
      ["resource", "who reads it", "what is in it"],
      resources.map(({ uri, readers, description }) => [
        code(uri),
        readersText(readers),
        wordsFor(description, ALL_PARTS),
      ]),
    ),
    scopes: table(
      ["scope", "who can grant it", "what it allows"],
      SCOPES.map((scope) => [
        code(scope),
        isOwnerScope(scope) ? "the owner only" : "any signed-in person",
        [...usesClauses(uses[scope], { tools: "Tools", documents: "Documents" }), scopeWords[scope].note].join(". "),
      ]),
    ),
    routes: table(
      ["route", "tool", "who may call it"],
      writes.map(({ route, name, scope }) => [
        code(route),
        code(name),
        route.includes("/api/admin/")
          ? "the owner, signed in in a browser, with the form token"
          : `a bearer token for \`{origin}/api\` with ${code(scope)}`,
      ]),
    ),
    connect: connectTable(),
    errors: table(
      ["code", "HTTP", "title"],
      Object.entries(PROBLEMS).map(([name, { status, title }]) => [code(name), String(status), title]),
    ),
    scripts: table(
      ["command", "what it does"],
      Object.keys(scripts).map((name) => [code(`npm run ${name}`), scriptText(name)]),
    ),
  };
}

/** The ways of the landing page, for the development server; a client that calls from afar needs a deployed one. */
function connectTable(): string {
  const afar = waysToConnect("https://shop.example", NAME_IN_CLIENTS);
  const rows = waysToConnect(USUAL_URL, NAME_IN_CLIENTS).map((near, at) => {
    const { client, where, copy, next, fromAfar } = afar[at]?.fromAfar ? afar[at] : near;
    const what = code(typeof copy === "string" ? copy : JSON.stringify(copy));
    return [client, `${where}${fromAfar ? ", of a deployed server" : ""}: ${what}. ${next}`];
  });
  return table(["client", "how"], rows);
}

/** The papers tell of a business that uses all parts. */
const ALL_PARTS = new Set(BUSINESS_PARTS);

const NAME_IN_CLIENTS = "commerce";

/** The floors, the highest first. */
function layoutTable(): string {
  return table(
    ["floor", "room", "what is in it"],
    FLOORS.flatMap((floor, height) => floor.map(({ path, holds }) => [String(height), code(path), holds])).reverse(),
  );
}

function readersText(readers: "public" | readonly Scope[]): string {
  if (readers === "public") return "everyone, without sign-in";
  if (readers.length === SCOPES.length) return "any scope; the actor's own";
  if (readers.every(isOwnerScope)) return readers.map(code).join(", ");
  return readers
    .map((scope) => (isOwnerScope(scope) ? `${code(scope)}: all actors'` : `${code(scope)}: the actor's own`))
    .join("; ");
}

const code = (text: string) => `\`${text}\``;
