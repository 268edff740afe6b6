import { stripVTControlCharacters } from "node:util";
import { shellWord } from "../local/shell-word.ts";
import { type Finding, notLookedAt } from "./finding.ts";
import type { Ran } from "./outside.ts";

/** A command as a person types it: `npx wrangler deploy --env=""`. */
export const commandText = (args: readonly string[]): string =>
  ["npx", "wrangler", ...args.map((arg) => (arg === "--env=" ? '--env=""' : shellWord(arg)))].join(" ");

/** A finding for an answer of wrangler that can't be used. */
export const unread = (what: string, args: readonly string[], ran: Ran): Finding =>
  notLookedAt(what, { found: reasonOf(ran), fix: [commandText(args)] });

/** The JSON that a command printed, after lines that are not part of it; undefined where there is none. */
export function jsonOf(ran: Ran): unknown {
  const start = ran.stdout.search(/^[[{]/m);
  if (start < 0) return undefined;
  try {
    return JSON.parse(ran.stdout.slice(start));
  } catch {
    return undefined;
  }
}

/**
 * Why a command failed, in wrangler's words on one line: the text of a `--json` command's `error`, or the line after
 * `[ERROR]` with the codes of Cloudflare's API below it. Keys and tokens are taken out.
 */
export function reasonOf(ran: Ran): string {
  if (ran.code === 124) return "it did not end within ten minutes";
  const text = errorInJson(ran) ?? errorInText(`${ran.stderr}\n${ran.stdout}`);
  return withoutSecrets(text) || `it ended with the code ${ran.code} and said nothing`;
}

/** `d1 execute --json` prints `{ "error": { "text": …, "notes": [{ "text": … }] } }` on standard output. */
function errorInJson(ran: Ran): string | undefined {
  const { error } = (jsonOf(ran) ?? {}) as { error?: { text?: unknown; notes?: readonly { text?: unknown }[] } };
  if (typeof error?.text !== "string") return undefined;
  return [error.text, ...(error.notes ?? []).map(({ text }) => String(text))].join(" ").replaceAll(/\s+/g, " ");
}

function errorInText(output: string): string {
  const lines = stripVTControlCharacters(output).split("\n");
  const from = lines.findIndex((line) => line.includes("[ERROR]"));
  if (from < 0) return lines.find((line) => line.trim() !== "")?.trim() ?? "";
  const first = (lines[from] ?? "").replace(/^.*\[ERROR\]\s*/, "");
  const codes = lines.slice(from + 1).filter((line) => /\[code: \d+\]/.test(line));
  return [first, ...codes].map((line) => line.trim()).join(" ");
}

/** Words in which keys of Stripe and Cloudflare's tokens, should a message repeat one, are replaced. */
export function withoutSecrets(text: string, env: Readonly<Record<string, string | undefined>> = process.env): string {
  const held = Object.entries(env).flatMap(([name, value]) =>
    /TOKEN|SECRET|API_KEY/.test(name) && value && value.length >= 8 ? [value] : [],
  );
  return held
    .reduce((words, value) => words.replaceAll(value, "(secret)"), text)
    .replaceAll(/\b(?:[sr]k_(?:test|live)|whsec)_\w+/g, "(secret)");
}
