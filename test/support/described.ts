import { dereference, type Schema, validate } from "@cfworker/json-schema";
import type { openApiDocument } from "../../src/http/openapi-document.ts";

type Document = ReturnType<typeof openApiDocument>;
type Json = Readonly<Record<string, unknown>>;

/** One answer as an operation describes it. */
interface DescribedAnswer {
  readonly headers?: Readonly<Record<string, { readonly required?: boolean; readonly schema: Json }>>;
  readonly content?: Readonly<Record<string, { readonly schema?: Json }>>;
}

interface Operation {
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema?: Json }>> };
  readonly responses: Readonly<Record<string, DescribedAnswer | { readonly $ref: string }>>;
}

/** Speaks a protocol with a description of its own: MCP, OAuth and its metadata, and the library behind sign-in. */
const OTHER_PROTOCOLS =
  /^\/(?:mcp(?:\/public)?\/?|oauth\/.*|token|register|\.well-known\/(?:oauth-|openid-).*|oauth\/\.well-known\/.*|api\/auth\/.*)$/;

/** Whether a path speaks a protocol with a description of its own. */
export const isOtherProtocol = (path: string): boolean => OTHER_PROTOCOLS.test(path);

/**
 * JSON whose names have U+FFFD for half a character: the validator writes names as parts of an address, which can hold none.
 * Throws where two names become one.
 */
function withWellFormedNames(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withWellFormedNames);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(
    ([name, inner]) => [name.toWellFormed(), withWellFormedNames(inner)] as const,
  );
  const named = Object.fromEntries(entries);
  if (Object.keys(named).length < entries.length) throw new Error("two names differ by half a character alone");
  return named;
}

/** Compares answers with a document. */
export interface Describer {
  /** Whether a request is for a path that the document has. */
  knows(request: Request): boolean;
  /**
   * The differences between an answer and the document, as lines: a status, header, content type or body that it does not
   * have. `sent` is the body of the request as text: one that was answered with 2xx has to fit, too.
   */
  faults(request: Request, response: Response, sent: string | undefined): Promise<string[]>;
}

/** Reads a document, once for many answers. The validator interprets schemas, since a Worker compiles no code. */
export function describer(published: Document): Describer {
  const document = closed(published) as Document;
  // Marks each reference, once for all schemas of the document.
  const lookup = dereference(document as unknown as Schema);
  const paths = Object.entries(document.paths)
    .map(([path, operations]) => ({
      pattern: new RegExp(`^${path.replaceAll(".", "\\.").replace(/\{\w+\}/g, "[^/]+")}$`),
      operations: operations as unknown as Readonly<Record<string, Operation>>,
    }))
    // A path without parameters comes first (OpenAPI 3.1.1, 4.8.8.2).
    .sort((a, b) => Number(a.pattern.source.includes("[^/]+")) - Number(b.pattern.source.includes("[^/]+")));
  const found = ({ url }: Request) => paths.find(({ pattern }) => pattern.test(new URL(url).pathname))?.operations;

  const mismatches = (schema: Json, value: unknown): string[] =>
    validate(withWellFormedNames(value), schema as Schema, "2020-12", lookup, false)
      .errors.filter(({ keyword }) => !["properties", "$ref", "items"].includes(keyword))
      .map(({ instanceLocation, error }) => `${instanceLocation}: ${error}`);

  const answerOf = (described: Operation["responses"][string]): DescribedAnswer =>
    "$ref" in described
      ? (document.components.responses[described.$ref.split("/").at(-1) ?? ""] as DescribedAnswer)
      : (described as DescribedAnswer);

  return {
    knows: (request) => found(request) !== undefined,
    async faults(request, response, sent) {
      const { method } = request;
      const operations = found(request);
      const type = typeOf(response.headers);
      if (!operations) {
        // A page refuses programs with problem details; anything else in JSON is an answer for programs.
        const isJson = type !== undefined && /json/.test(type) && type !== "application/problem+json";
        const isDescribed = !isJson || isOtherProtocol(new URL(request.url).pathname);
        return isDescribed ? [] : [`no path of the document answers ${type}`];
      }
      const operation = operations[(method === "HEAD" ? "GET" : method).toLowerCase()];
      if (!operation) return otherMethod(response);
      const described = operation.responses[response.status];
      if (!described) return [`status ${response.status} is not described`];
      const { headers = {}, content } = answerOf(described);
      const faults = Object.entries(headers).flatMap(([name, { required, schema }]) => {
        const value = response.headers.get(name);
        if (value === null) return required ? [`${name} is missing`] : [];
        return mismatches(schema, value).map((words) => `${name} ${words}`);
      });
      if (method === "HEAD") return faults;
      const text = await response.clone().text();
      if (!content) return [...faults, ...(text === "" ? [] : ["a body is not described"])];
      const media = type === undefined ? undefined : content[type];
      if (!media) return [...faults, `${type} is not described for ${response.status}`];
      if (media.schema) faults.push(...mismatches(media.schema, JSON.parse(text)));
      const asked = operation.requestBody?.content["application/json"]?.schema;
      if (response.ok && asked && sent !== undefined) {
        faults.push(...mismatches(asked, JSON.parse(sent)).map((words) => `the request ${words}`));
      }
      return faults;
    },
  };
}

/** A method that a described path does not have. */
function otherMethod(response: Response): string[] {
  if (response.status === 405) return response.headers.has("Allow") ? [] : ["405 without Allow"];
  return [204, 404].includes(response.status) ? [] : [`the method is not described, and answered ${response.status}`];
}

function typeOf(headers: Headers): string | undefined {
  return headers.get("Content-Type")?.split(";")[0]?.trim();
}

/**
 * The schema with each object closed. Answers are published open, so that a later version can add a member; a member that
 * this version answers is named in it.
 */
function closed(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(closed);
  if (typeof node !== "object" || node === null) return node;
  const inner = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, closed(value)]));
  const isOpen = inner.type === "object" && inner.properties !== undefined && inner.additionalProperties === undefined;
  return isOpen ? { ...inner, additionalProperties: false } : inner;
}
