import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { misused, readArguments } from "../local/arguments.ts";
import { shownFolder } from "../local/root.ts";
import { ScriptError } from "../local/run-script.ts";
import { shellWord } from "../local/shell-word.ts";
import { checkBusiness } from "../seeds/business.ts";
import { faultLine } from "../seeds/faults.ts";
import { sampleFiles } from "./sample.ts";

/** How `init` is called. */
export const INIT_USAGE = `npm run catalog -- init DIR [--name "Sample Shop"] [--confirmation-name "Sample Shop"] [--email owner@example.com]
    [--currency usd] [--locale en] [--time-zone UTC]
  Writes a small business that sells in the sandbox, into a folder that is empty or new.`;

const OPTIONS = {
  name: { type: "string", default: "Sample Shop" },
  "confirmation-name": { type: "string" },
  email: { type: "string", default: "owner@example.com" },
  currency: { type: "string", default: "usd" },
  locale: { type: "string" },
  "time-zone": { type: "string" },
} as const;

/** Of a fault's field, the option that sets it. */
const OPTION_OF: Readonly<Record<string, string>> = {
  name: "--name",
  ownerName: "--name",
  confirmationName: "--confirmation-name",
  ownerEmail: "--email",
  supportEmail: "--email",
  currency: "--currency",
  locale: "--locale",
  timeZone: "--time-zone",
};

/** `npm run catalog -- init DIR`: writes a business of two offers, and the commands that come next. */
export async function init(args: readonly string[]): Promise<number> {
  const { positionals, values } = readArguments(INIT_USAGE, {
    args: [...args],
    allowPositionals: true,
    options: OPTIONS,
  });
  const [dir, ...more] = positionals;
  if (dir === undefined || more.length > 0) throw misused("init takes one folder.", INIT_USAGE);
  const folder = resolve(dir);
  assertEmpty(folder);
  const { name, email, currency, locale, "time-zone": timeZone, "confirmation-name": confirmationName } = values;
  const files = sampleFiles({ name, email, currency, locale, timeZone, confirmationName });
  assertUsable(files);
  for (const [path, content] of Object.entries(files)) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    // Never over a file that appeared in the meantime.
    writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`, { flag: "wx" });
  }
  const shown = shownFolder(folder);
  process.stdout.write(
    `${name} is in ${shown}: ${Object.keys(files).join(", ")}.\n\nNext:\n  npm run catalog -- check ${shellWord(shown)}\n  BUSINESS_DIR=${shellWord(shown)} npm run dev\n`,
  );
  return 0;
}

function assertEmpty(folder: string): void {
  if (!existsSync(folder)) return;
  const shown = shownFolder(folder);
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    throw new ScriptError(`${shown} is not a folder. Name one that is empty or new.`);
  }
  if (names.length > 0) throw new ScriptError(`${shown} is not empty. Name a folder that is empty or new.`);
}

/** Throws for an option that the check of a business refuses, by the option's name and before anything is written. */
function assertUsable(files: Readonly<Record<string, unknown>>): void {
  const { faults } = checkBusiness(files);
  const words = faults.map((fault) => {
    const option = OPTION_OF[String(fault.path.at(-1))];
    return option === undefined ? faultLine(fault) : `${option} ${fault.message}`;
  });
  if (words.length > 0) throw misused([...new Set(words)].join("\n"), INIT_USAGE);
}
