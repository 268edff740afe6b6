import Stripe from "stripe";
import type { StripeCall, StripeMode } from "../db/schema/vocabulary.ts";
import { ERROR_CODES, ERROR_TYPES } from "./error-words.ts";
import { knownParameter } from "./parameter-paths.ts";

/** A call that Stripe refused for good, in words of our allow-lists. Stripe's message is not in it. */
export interface Refusal {
  readonly stripeMode: StripeMode;
  readonly call: StripeCall;
  readonly status: number;
  /** `other` for a word that stripe's types do not have; `none` where Stripe gave none. The same in `code` and `param`. */
  readonly type: string;
  readonly code: string;
  readonly param: string;
  /** Stripe's id of the request, for the log and the owner's page alone. */
  readonly requestId: string | null;
}

/** The parts of an error of Stripe's that a refusal is read from. */
interface RawError {
  readonly type?: unknown;
  readonly code?: unknown;
  readonly param?: unknown;
}

/**
 * Whether an answer with this status is final: the same request will be refused again. A 409 is about another request, a
 * 429 about the number of requests, and an idempotency error about the key (docs.stripe.com/error-low-level).
 */
export function isFinal(status: number, type: unknown): boolean {
  return status >= 400 && status < 500 && status !== 409 && status !== 429 && type !== "idempotency_error";
}

/** A refusal from the parts of Stripe's answer. */
export function refusal(
  about: Pick<Refusal, "stripeMode" | "call" | "status">,
  error: RawError,
  requestId: string | null | undefined,
): Refusal {
  return {
    ...about,
    type: word(error.type, ERROR_TYPES),
    code: word(error.code, ERROR_CODES),
    param: error.param === undefined || error.param === null ? "none" : knownParameter(error.param),
    requestId: typeof requestId === "string" && /^req_[A-Za-z0-9]{1,60}$/.test(requestId) ? requestId : null,
  };
}

/** The refusal in an error that the library threw; undefined for an error that is not final. */
export function refusalIn(error: unknown, about: Pick<Refusal, "stripeMode" | "call">): Refusal | undefined {
  if (!(error instanceof Stripe.errors.StripeError)) return undefined;
  const { statusCode = 0, rawType, code, param, requestId } = error;
  if (!isFinal(statusCode, rawType)) return undefined;
  return refusal({ ...about, status: statusCode }, { type: rawType, code, param }, requestId);
}

function word(value: unknown, known: ReadonlySet<string>): string {
  if (value === undefined || value === null) return "none";
  return typeof value === "string" && known.has(value) ? value : "other";
}

/** The refusal in Stripe's answer to a request of ours; undefined for an answer that is not final. Reads a copy of the body. */
export async function refusalInAnswer(
  response: Response,
  about: Pick<Refusal, "stripeMode" | "call">,
): Promise<Refusal | undefined> {
  if (!isFinal(response.status, undefined)) return undefined;
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => undefined);
  const error = (body as { error?: RawError } | undefined)?.error ?? {};
  if (!isFinal(response.status, error.type)) return undefined;
  return refusal({ ...about, status: response.status }, error, response.headers.get("request-id"));
}
