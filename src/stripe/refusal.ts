import Stripe from "stripe";
import type { Refusal } from "../db/provider-refusals.ts";
import { ERROR_CODES, ERROR_TYPES, UNLISTED_CODES } from "./error-words.ts";
import { knownParameter } from "./parameter-paths.ts";

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
function isFinal(status: number, type: unknown): boolean {
  return status >= 400 && status < 500 && status !== 409 && status !== 429 && type !== "idempotency_error";
}

const CODES = new Set([...ERROR_CODES, ...UNLISTED_CODES]);

/** A refusal from the parts of Stripe's answer. */
function refusalFrom(
  about: Pick<Refusal, "stripeMode" | "call" | "status">,
  error: RawError,
  requestId: string | null | undefined,
): Refusal {
  return {
    ...about,
    type: word(error.type, ERROR_TYPES),
    code: word(error.code, CODES),
    param: error.param === undefined || error.param === null ? "none" : knownParameter(error.param),
    requestId: requestIdIn(requestId),
  };
}

/** Stripe's id of a request; null for text of another form. */
export function requestIdIn(given: string | null | undefined): string | null {
  return given && /^req_[A-Za-z0-9]{1,60}$/.test(given) ? given : null;
}

/** The refusal in an error that the library threw; undefined for an error that is not final. */
export function refusalIn(error: unknown, about: Pick<Refusal, "stripeMode" | "call">): Refusal | undefined {
  if (!(error instanceof Stripe.errors.StripeError)) return undefined;
  const { statusCode = 0, rawType, code, param, requestId } = error;
  if (!isFinal(statusCode, rawType)) return undefined;
  return refusalFrom({ ...about, status: statusCode }, { type: rawType, code, param }, requestId);
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
  return refusalFrom({ ...about, status: response.status }, error, response.headers.get("request-id"));
}
