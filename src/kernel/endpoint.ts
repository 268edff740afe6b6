import type * as z from "zod";
import type { ProblemCode } from "../base/problem.ts";
import type { Scope } from "./actor.ts";

/** Who may call an endpoint, and with which proof. Its security follows from it, and the refusals that all such calls share. */
export type Caller =
  /** Without sign-in, counted by network. */
  | "anyone"
  /** An OAuth access token for `/api`. */
  | "token"
  /** The session of a signed-in person. */
  | "person"
  /** The owner's session, with a form token. */
  | "owner"
  /** The holder of a link, whose secret is in the path. */
  | "holder"
  /** Stripe, by the signature of the body. */
  | "stripe";

/** The headings under which endpoints are listed. */
export type EndpointGroup = "Reading" | "Writes" | "Operations" | "Owner" | "Service";

/** A body in one direction. */
export interface EndpointBody {
  readonly mediaType: string;
  /** The name of the shape; generated clients name a type after it. Without it the body is bytes or text. */
  readonly name?: string;
  readonly shape?: z.ZodType;
}

/** One answer that is not a refusal. */
export interface EndpointAnswer {
  readonly means: string;
  readonly body?: EndpointBody;
  /** Headers that it always has, and those that it may have. */
  readonly headers?: { readonly always?: readonly AnswerHeader[]; readonly maybe?: readonly AnswerHeader[] };
}

/** The headers of answers that callers act on. */
export type AnswerHeader = "Content-Disposition" | "ETag" | "Idempotent-Replayed" | "Retry-After" | "WWW-Authenticate";

/**
 * A route for programs as its room declares it. The router takes method and path from it, and `/openapi.json` all of it, so
 * that a route and its description can't be there without each other.
 */
export interface Endpoint {
  /** Unique; generated clients name a function after it. */
  readonly id: string;
  readonly method: "get" | "post" | "put";
  /** As the router takes it: `/api/operations/:id`. */
  readonly path: string;
  readonly title: string;
  readonly description: string;
  readonly group: EndpointGroup;
  readonly caller: Caller;
  /** The scopes of which a token needs one. */
  readonly scopes?: readonly Scope[];
  /** The parameters of the path by name, in words. */
  readonly params?: Readonly<Record<string, string>>;
  /** Headers of the request that the caller has to send. */
  readonly headers?: Readonly<Record<string, { readonly means: string; readonly shape: z.ZodType }>>;
  readonly body?: EndpointBody;
  readonly answers: Readonly<Record<number, EndpointAnswer>>;
  /** The codes that calls of this endpoint may be refused with, beside those that follow from its caller. */
  readonly refusals: readonly ProblemCode[];
}
