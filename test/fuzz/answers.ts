import { PROBLEMS, type ProblemCode } from "../../src/base/problem.ts";
import { holdsProviderValue } from "../../src/base/redaction.ts";
import { MARK } from "./hostile-values.ts";
import type { WireCall } from "./wire.ts";

/** An answer as it came over the wire, with what can be told of it from outside. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Whether it says that nothing was done. */
  readonly refused: boolean;
  /** Of a refusal in our own words. */
  readonly code: string | undefined;
}

type Members = Record<string, unknown>;

/** Reads an answer. A tool's refusal travels in a 200. */
export async function wireAnswer(response: Response): Promise<WireAnswer> {
  const { status, headers } = response;
  const text = new TextDecoder().decode(await response.arrayBuffer());
  const problem = problemIn(text);
  return {
    status,
    headers,
    text,
    refused: status >= 400 || problem !== undefined,
    code: typeof problem?.code === "string" ? problem.code : undefined,
  };
}

/** The problem in an answer: a body of problem details, a tool's text, or the data of a JSON-RPC error. */
function problemIn(text: string): Members | undefined {
  const message = json(text);
  if (!message) return undefined;
  if (typeof message.code === "string" && typeof message.title === "string") return message;
  const { error, result } = message as { error?: Members; result?: Members };
  if (error && typeof error === "object") return (error.data as Members | undefined) ?? error;
  if (result?.isError === true) return json((result.content as { text?: string }[])[0]?.text ?? "") ?? {};
  return typeof message.error === "string" ? message : undefined;
}

function json(text: string): Members | undefined {
  const line = text.split("\n").find((part) => part.startsWith("data:"));
  try {
    const value: unknown = JSON.parse(line ? line.slice("data:".length) : text);
    return typeof value === "object" && value !== null ? (value as Members) : undefined;
  } catch {
    return undefined;
  }
}

/** What no answer may hold, to any caller and any call. */
const INSIDE: Readonly<Record<string, RegExp>> = {
  "a stack": /\bat (?:async )?[\w.<>]+ \(|\bat file:|\.tsx?:\d+/,
  "a path of the code": /node_modules|\/src\/|file:\/\/|\.tsx?\b/,
  SQL: /SQLITE|D1_(?:[A-Z]+_)?(?:ERROR|NOTFOUND)|constraint failed|\bSELECT .+ FROM\b|\binsert into\b|Failed query/i,
  "an error's class": /\b(?:Type|Range|Syntax|Reference|Drizzle\w*|Zod|Stripe\w*)Error\b/,
  "a secret": /test-secret-test|sk_test_0000|whsec_test/,
};

/** Whose answers repeat what they were sent: by RFC 7591 section 3.2.1, to Stripe by its signed word, or in a form. */
const REPEATS =
  /^\/(oauth\/register|authorize|api\/stripe\/webhook)|^\/(sign-in|sign-up|forgot-password|owner-setup|reset-password|owner)\b/;

/** Everything that is wrong with an answer. */
export function faultsOf(call: WireCall, answer: WireAnswer): string[] {
  const { status, headers, text, code } = answer;
  const all = `${text}\n${[...headers].map(([name, value]) => `${name}: ${value}`).join("\n")}`;
  const type = headers.get("Content-Type") ?? "";
  const faults: string[] = [];
  if (status >= 500 || code === "internal") faults.push(`${status} ${code ?? ""}`);
  for (const [what, pattern] of Object.entries(INSIDE)) {
    const found = pattern.exec(all);
    if (found) faults.push(`${what}: ${found[0]}`);
  }
  // Stripe's page is where a buyer is sent to.
  const onTheWay = status === 303 && /stripe/.test(headers.get("Location") ?? "");
  if (!onTheWay && holdsProviderValue(all)) faults.push("an id of the provider's");
  if (type.startsWith("text/html")) {
    if (new RegExp(`<${MARK}|<script>${MARK}`).test(text)) faults.push("input as markup");
  } else if (ownWords(call, answer).includes(MARK)) faults.push("input repeated");
  if (status >= 400) faults.push(...faultsOfRefusal(call, answer, type));
  else if (answer.refused) faults.push(...faultsOfProblem(problemIn(text) ?? {}));
  return faults;
}

/** The part of an answer that is ours to word: JSON-RPC repeats a request's id, and its own errors name a method. */
function ownWords({ path }: WireCall, { status, text }: WireAnswer): string {
  if (status === 302 || status === 303 || REPEATS.test(pathOf(path))) return "";
  const message = json(text);
  if (message?.jsonrpc === undefined) return text;
  const { result, error } = message as { result?: unknown; error?: { data?: { code?: unknown } } };
  return JSON.stringify([result, typeof error?.data?.code === "string" ? error : undefined]);
}

function faultsOfRefusal(call: WireCall, { status, headers, text }: WireAnswer, type: string): string[] {
  if (call.method === "HEAD" && text === "") return [];
  if (status === 405) return headers.has("Allow") ? [] : ["405 without its methods"];
  if (
    status === 401 &&
    !headers.has("WWW-Authenticate") &&
    !/^\/(account|owner|api\/admin|api\/auth)\//.test(pathOf(call.path))
  ) {
    if (type.startsWith("application/problem+json")) return ["401 without a challenge"];
  }
  if (type.startsWith("text/html")) return /<title>[^<]+<\/title>/.test(text) ? [] : ["a page without a title"];
  const problem = problemIn(text);
  if (type.startsWith("application/problem+json")) {
    if (problem?.type !== "about:blank" || problem.status !== status) return [`not RFC 9457: ${text}`];
    return faultsOfProblem(problem);
  }
  if (/^\/(mcp|oauth|\.well-known|api\/auth)\b/.test(pathOf(call.path))) return [];
  return [`${status} that is no problem: ${type} ${text.slice(0, 200)}`];
}

/** A refusal of the owner's forms has the code of a scope, and says what it is. */
const OWN_TITLES: Readonly<Record<string, string>> = { insufficient_scope: "The form token is missing or wrong" };

/** The contract's shape: a code of the table with its title, words, and the field and rule where one is at fault. */
function faultsOfProblem({ code, title, detail, field, status }: Members): string[] {
  // The protocol's own errors, of a JSON-RPC message that is none.
  if (typeof code === "number" || code === undefined) return [];
  const known = PROBLEMS[code as ProblemCode];
  if (!known) return [`unknown code ${code}`];
  const faults: string[] = [];
  if (title !== known.title && title !== OWN_TITLES[String(code)] && status !== 413)
    faults.push(`${code} has another title`);
  if (typeof detail !== "string" || detail === "") faults.push(`${code} has no words`);
  if (code === "invalid_input" && (typeof field !== "string" || field === ""))
    faults.push("invalid_input names no field");
  return faults;
}

/** As a server reads it: a tab in an address counts for nothing. */
const pathOf = (path: string) => new URL(`https://app.test${path}`).pathname;
