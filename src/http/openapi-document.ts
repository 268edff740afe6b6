import type { Scope } from "../kernel/actor.ts";
import type { Endpoint, EndpointBody, EndpointGroup } from "../kernel/endpoint.ts";
import { type Components, responsesOf } from "./openapi-answers.ts";
import { securityOf, securitySchemes } from "./openapi-callers.ts";
import { type Json, openApiSchema } from "./openapi-schema.ts";
import { problemShape } from "./problem-shape.ts";

const GROUPS: Readonly<Record<EndpointGroup, string>> = {
  Reading: "Public documents, without sign-in.",
  Writes: "Calls that record something. A confirmed write is done once, after a person agreed to its exact text.",
  Operations: "What became of a confirmed write, and its signed receipt.",
  Owner: "Confirmed writes and commands in the browser of the business's owner.",
  Service: "Events of the payment provider, and health.",
};

const ABOUT = [
  "Programs can read what is for sale and prepare a purchase. A person confirms each write by its exact text, and pays on the payment provider's page.",
  "Every refusal is problem details (RFC 9457) with a code. HEAD answers as GET without its body; another method of a path is answered with 405 and Allow. An answer may have members that this version does not name.",
  "The same writes are tools of the Model Context Protocol at /mcp, and the public documents are resources at /mcp/public. Pages for people, the sign-in that they use (/api/auth) and the endpoints of OAuth are not in this document.",
].join("\n\n");

/** The deployment that a document is of. */
interface Deployment {
  readonly publicUrl: string;
  readonly version: string;
  /** The scopes that are offered. */
  readonly scopes: readonly Scope[];
}

/** The OpenAPI 3.1 document of a deployment, computed from what its router serves. */
export function openApiDocument(endpoints: readonly Endpoint[], site: Deployment) {
  const components: Components = { schemas: { Problem: openApiSchema(problemShape, "output") }, responses: {} };
  const paths: Record<string, Record<string, Json>> = {};
  for (const endpoint of endpoints) {
    const path = openApiPath(endpoint.path);
    paths[path] = { ...paths[path], [endpoint.method]: operationOf(endpoint, components, site.scopes) };
  }
  const groups = new Set(endpoints.map(({ group }) => group));
  return {
    openapi: "3.1.1",
    info: { title: "Agent commerce", version: site.version, description: ABOUT },
    servers: [{ url: site.publicUrl }],
    tags: Object.entries(GROUPS)
      .filter(([name]) => groups.has(name as EndpointGroup))
      .map(([name, description]) => ({ name, description })),
    paths,
    components: { ...components, securitySchemes: securitySchemes(endpoints, site.publicUrl, site.scopes) },
  };
}

/** `/api/operations/:id` as `/api/operations/{id}`. */
export const openApiPath = (path: string): string => path.replace(/:(\w+)(?:\{[^}]+\}+)?/g, "{$1}");

function operationOf(endpoint: Endpoint, components: Components, scopes: readonly Scope[]): Json {
  const schemaOf = (direction: "input" | "output") => (body: EndpointBody) => named(body, direction, components);
  const { body } = endpoint;
  const parameters = parametersOf(endpoint);
  return {
    operationId: endpoint.id,
    tags: [endpoint.group],
    summary: endpoint.title,
    description: endpoint.description,
    security: securityOf(endpoint, scopes),
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: {
        required: true,
        content: { [body.mediaType]: body.shape ? { schema: schemaOf("input")(body) } : {} },
      },
    }),
    responses: responsesOf(endpoint, components, schemaOf("output")),
  };
}

function parametersOf({ path, params = {}, headers = {} }: Endpoint): Json[] {
  const inPath = [...openApiPath(path).matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => {
    const description = params[name];
    if (description === undefined) throw new Error(`${path}: nothing says what ${name} is`);
    return { name, in: "path", required: true, description, schema: { type: "string" } };
  });
  const inHeaders = Object.entries(headers).map(([name, { means, shape }]) => {
    const { description: _, ...schema } = openApiSchema(shape, "input");
    return { name, in: "header", required: true, description: means, schema };
  });
  return [...inPath, ...inHeaders];
}

/** The schema of a body as a component: generated clients name a type after it. */
function named({ name, shape }: EndpointBody, direction: "input" | "output", components: Components): Json {
  if (!name || !shape) throw new Error("a shape without a name");
  const schema = openApiSchema(shape, direction);
  const known = components.schemas[name];
  if (known && JSON.stringify(known) !== JSON.stringify(schema)) throw new Error(`${name}: two shapes of one name`);
  components.schemas[name] = schema;
  return { $ref: `#/components/schemas/${name}` };
}
