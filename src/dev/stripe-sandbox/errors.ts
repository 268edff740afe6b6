import type Stripe from "stripe";

/** The types of Stripe's errors. */
export const ERROR_TYPES = [
  "api_error",
  "authentication_error",
  "card_error",
  "idempotency_error",
  "invalid_request_error",
  "rate_limit_error",
] as const satisfies Stripe.RawErrorType[];

/** The `error` object of Stripe's error answers, as far as the sandbox fills it. */
interface StripeErrorBody {
  type: (typeof ERROR_TYPES)[number];
  message: string;
  code?: string;
  param?: string;
  doc_url?: string;
}

/** An error answer in Stripe's shape. Any code of the sandbox throws it; the API and the control API render it. */
export class Refusal extends Error {
  readonly status: number;
  readonly body: { error: StripeErrorBody };

  constructor(status: number, error: StripeErrorBody) {
    super(error.message);
    this.status = status;
    const docs = error.code === undefined ? {} : { doc_url: docsOf(error.code) };
    this.body = { error: { ...error, ...docs } };
  }
}

function docsOf(code: string): string {
  return `https://stripe.com/docs/error-codes/${code.replaceAll("_", "-")}`;
}

/** A 400 about one parameter. Some of Stripe's such errors have no code. */
export function invalid(param: string, message: string, code?: string): Refusal {
  return new Refusal(400, { type: "invalid_request_error", message, param, ...(code === undefined ? {} : { code }) });
}

/** A 400 about the state of an object: the call is well-formed, and the object does not allow it. */
export function refused(message: string, code?: string): Refusal {
  return new Refusal(400, { type: "invalid_request_error", message, ...(code === undefined ? {} : { code }) });
}

/** A required parameter that was not sent. */
export function missing(param: string): Refusal {
  return invalid(param, `Missing required param: ${param}.`, "parameter_missing");
}

/** A 404: no object of this mode has the id. */
export function noSuch(object: string, id: string, param: string): Refusal {
  return new Refusal(404, {
    type: "invalid_request_error",
    code: "resource_missing",
    param,
    message: `No such ${object}: '${id}'`,
  });
}

/** A 500 as Stripe answers it when it fails itself. */
export function brokenInside(): Refusal {
  return new Refusal(500, {
    type: "api_error",
    message: "An unknown error occurred. (This is the sandbox answering as Stripe does when it breaks.)",
  });
}
