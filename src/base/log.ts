import type { LOG_LINES } from "./log-lines.ts";

type Lines = typeof LOG_LINES;

/** All that a log line may say. Inputs, sentences, headers and rows are not in it, so none can leak. */
export type LogLine = {
  [Event in keyof Lines]: { readonly event: Event; readonly code: keyof Lines[Event] } & LineDetails;
}[keyof Lines];

interface LineDetails {
  /** Tool, resource, route or event type: a name of ours or of Stripe's. */
  readonly name?: string;
  readonly operationId?: string;
  readonly milliseconds?: number;
  /** Stands in the log line and in the answer of one unexpected error. */
  readonly reference?: string;
  /** Class and place of an unexpected error; its message may quote data and is left out. */
  readonly fault?: string;
  /** A call that Stripe refused for good. */
  readonly refusal?: RefusalWords & { readonly stripeMode: string };
}

/** What is told of a refusal of Stripe's: words of allow-lists, without Stripe's message. */
export interface RefusalWords {
  readonly status: number;
  /** `other` for a word that stripe's types do not have; `none` where Stripe gave none. The same in `code` and `param`. */
  readonly type: string;
  readonly code: string;
  readonly param: string;
  /** Stripe's id of the request, for the log and the owner's page alone. */
  readonly requestId: string | null;
}

export type Log = (line: LogLine) => void;

/** Error codes of OAuth that the library answers with; the log has `other` for a code that is not in this list. */
export const OAUTH_CODES = [
  "invalid_client",
  "invalid_client_metadata",
  "invalid_grant",
  "invalid_redirect_uri",
  "invalid_request",
  "invalid_scope",
  "invalid_target",
  "invalid_token",
  "insufficient_scope",
  "not_implemented",
  "server_error",
  "temporarily_unavailable",
  "unauthorized_client",
  "unsupported_grant_type",
  "other",
] as const;

/** The `code` of a line about OAuth. */
export type OAuthCode = (typeof OAUTH_CODES)[number];

/** The code of a line about OAuth: a code that the library invents later is logged as `other`. */
export const oauthCode = (code: string): OAuthCode => OAUTH_CODES.find((known) => known === code) ?? "other";

export const consoleLog: Log = (line) => console.log(JSON.stringify(line));

/** An error's class and the first frame of its stack, for the log. */
export function faultOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const frame = error.stack?.split("\n").find((line) => /^\s*at /.test(line));
  return `${error.name}${frame ? ` ${frame.trim()}` : ""}`;
}
