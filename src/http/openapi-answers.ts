import { PROBLEMS, type ProblemCode } from "../base/problem.ts";
import type { AnswerHeader, Endpoint, EndpointAnswer, EndpointBody } from "../kernel/endpoint.ts";
import { refusesWithPages } from "./faults.tsx";
import { refusalsOf } from "./openapi-callers.ts";
import type { Json } from "./openapi-schema.ts";

/** The parts of the document that its operations refer to, by name. */
export interface Components {
  readonly schemas: Record<string, Json>;
  readonly responses: Record<string, Json>;
}

const HEADERS: Readonly<Record<AnswerHeader, { readonly means: string; readonly schema: Json }>> = {
  "Content-Disposition": { means: "The name to keep the file under", schema: { type: "string" } },
  ETag: { means: "Send it as If-None-Match, and an unchanged document is not sent again", schema: { type: "string" } },
  "Idempotent-Replayed": { means: "This is the answer of an earlier call", schema: { const: "true" } },
  "Retry-After": { means: "Seconds to wait before the next try", schema: { type: "string", pattern: "^[0-9]+$" } },
  "WWW-Authenticate": { means: "The challenge, with the address of the metadata", schema: { type: "string" } },
};

/** Refusals that tell how long to wait: each time, or when they know. */
const WAITS: Partial<Record<ProblemCode, "always" | "maybe">> = {
  rate_limited: "always",
  operation_in_progress: "always",
  provider_unavailable: "maybe",
  outcome_unknown: "maybe",
};

/** The `responses` of an operation: its own answers, and its refusals by status. */
export function responsesOf(endpoint: Endpoint, components: Components, schemaOf: (body: EndpointBody) => Json): Json {
  const own = Object.entries(endpoint.answers).map(([status, answer]) => [status, answerOf(answer, schemaOf)] as const);
  const codes = [...refusalsOf(endpoint)];
  const statuses = [...new Set(codes.map((code) => PROBLEMS[code].status))].sort();
  const refused = statuses.map((status) => {
    const same = codes.filter((code) => PROBLEMS[code].status === status).sort();
    return [String(status), refusalOf(endpoint, status, same, components)] as const;
  });
  return Object.fromEntries([...own, ...refused]);
}

function answerOf({ means, body, headers }: EndpointAnswer, schemaOf: (body: EndpointBody) => Json): Json {
  return {
    description: means,
    ...headersOf(headers),
    ...(body && { content: { [body.mediaType]: body.shape ? { schema: schemaOf(body) } : {} } }),
  };
}

/** The answer for the codes of one status, as a component: most operations have the same ones. */
function refusalOf(
  { caller, path }: Endpoint,
  status: number,
  codes: readonly ProblemCode[],
  components: Components,
): Json {
  const challenges = caller === "token" && (status === 401 || status === 403);
  // The bound of a network and a fault of ours are answered by the router, to a person with a page.
  const pages = caller === "anyone" && (status === 429 || (status === 500 && refusesWithPages(path)));
  const name = [...codes, ...(challenges ? ["challenge"] : []), ...(pages ? ["page"] : [])].join(".");
  const waits = codes.map((code) => WAITS[code]);
  components.responses[name] ??= {
    description: codes.map((code) => PROBLEMS[code].title).join(". Or: "),
    ...headersOf({
      always: [
        ...(challenges && status === 401 ? (["WWW-Authenticate"] as const) : []),
        ...(waits.every((wait) => wait === "always") ? (["Retry-After"] as const) : []),
      ],
      maybe: [
        ...(challenges && status === 403 ? (["WWW-Authenticate"] as const) : []),
        ...(waits.some(Boolean) && !waits.every((wait) => wait === "always") ? (["Retry-After"] as const) : []),
      ],
    }),
    content: {
      "application/problem+json": {
        schema: {
          $ref: "#/components/schemas/Problem",
          properties: { status: { const: status }, code: { enum: codes } },
        },
      },
      ...(pages && { "text/html": {} }),
    },
  };
  return { $ref: `#/components/responses/${name}` };
}

function headersOf({ always = [], maybe = [] }: NonNullable<EndpointAnswer["headers"]> = {}): Json {
  if (always.length + maybe.length === 0) return {};
  const entry = (required: boolean) => (name: AnswerHeader) => {
    const { means, schema } = HEADERS[name];
    return [name, { description: means, ...(required && { required }), schema }] as const;
  };
  return { headers: Object.fromEntries([...always.map(entry(true)), ...maybe.map(entry(false))]) };
}
