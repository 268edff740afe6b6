import { resolve } from "node:path";
import { misused, readArguments } from "../local/arguments.ts";
import { readDevVars } from "../local/dev-vars.ts";
import { BUSINESS_DIR, shownFolder } from "../local/root.ts";
import { checkBusiness } from "../seeds/business.ts";
import type { Business, BusinessFiles } from "../seeds/business-shape.ts";
import { type Fault, faultLine, fieldText, SeedError } from "../seeds/faults.ts";
import { devAccountsFromFolder, readFolder } from "../seeds/folder.ts";
import { otherBusinesses, proseWarnings } from "./other-names.ts";
import { fileWarnings } from "./product-files.ts";
import { type Settings, settingFaults, settingWarnings } from "./settings.ts";
import { stripePriceFaults } from "./stripe-prices.ts";
import { warningsOf } from "./warnings.ts";

/** How `check` is called. */
export const CHECK_USAGE = `npm run catalog -- check [DIR] [--stripe] [--json]
  Tells every fault of the files of a business: file, field, rule and a way out. Warnings do not fail it.
  DIR is BUSINESS_DIR, or the reference, where it is left out. --stripe compares each stripePriceId with the price at
  Stripe, with the key of its mode in the environment or in .dev.vars.`;

/** What a check found. */
interface Checked {
  /** Undefined where a file has a fault. */
  readonly business: Business | undefined;
  readonly errors: readonly Fault[];
  readonly warnings: readonly Fault[];
}

/** `npm run catalog -- check`: 0 without errors, 1 with them. */
export async function check(args: readonly string[]): Promise<number> {
  const { positionals, values } = readArguments(CHECK_USAGE, {
    args: [...args],
    allowPositionals: true,
    options: { json: { type: "boolean" }, stripe: { type: "boolean" } },
  });
  if (positionals.length > 1) throw misused("check takes one folder.", CHECK_USAGE);
  const folder = positionals[0] === undefined ? BUSINESS_DIR : resolve(positionals[0]);
  const settings = { ...process.env, ...readDevVars() };
  const found = checkFolder(folder, settings);
  const compares = values.stripe === true && found.business !== undefined;
  const ofStripe = compares ? await stripePriceFaults(found.business, settings) : [];
  const checked = { ...found, errors: [...found.errors, ...ofStripe] };
  process.stdout.write(values.json ? json(folder, checked) : words(folder, checked));
  return checked.errors.length > 0 ? 1 : 0;
}

/** Every error and warning of a folder: of its files, of its accounts, and of the settings beside it. */
export function checkFolder(folder: string, settings: Settings): Checked {
  const { files, faults: unread } = readFolder(folder);
  const { business, faults, profile } = checkBusiness(files, unread);
  return {
    business,
    errors: [...faults, ...(profile ? [...accountFaults(profile, folder), ...settingFaults(profile, settings)] : [])],
    warnings: [
      ...(business
        ? [...warningsOf(business), ...fileWarnings(business, folder), ...settingWarnings(business, settings)]
        : []),
      ...proseWarnings(files, otherBusinesses(folder)),
    ],
  };
}

function accountFaults(profile: BusinessFiles["business"], folder: string): readonly Fault[] {
  try {
    devAccountsFromFolder(profile, folder);
    return [];
  } catch (error) {
    if (error instanceof SeedError) return error.faults;
    throw error;
  }
}

function json(folder: string, { errors, warnings }: Checked): string {
  const shown = ({ file, path, message }: Fault) => ({ file, field: fieldText(path), message });
  const document = {
    ok: errors.length === 0,
    folder: shownFolder(folder),
    errors: errors.map(shown),
    warnings: warnings.map(shown),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function words(folder: string, { errors, warnings }: Checked): string {
  const lines = [
    ...errors.map((fault) => `error    ${faultLine(fault)}`),
    ...warnings.map((fault) => `warning  ${faultLine(fault)}`),
  ];
  const counts = `${shownFolder(folder)}: ${counted(errors.length, "error")}, ${counted(warnings.length, "warning")}`;
  return `${[...lines, counts].join("\n")}\n`;
}

const counted = (count: number, word: string): string => `${count} ${word}${count === 1 ? "" : "s"}`;
