import * as z from "zod";
import { ROUTES, SERVICE_DESC } from "../commerce/routes.ts";
import type { Endpoint } from "../kernel/endpoint.ts";
import type { Parts } from "../kernel/parts.ts";
import { freshForMs, type PublicDocument } from "../kernel/public-document.ts";
import type { Site } from "../site.ts";
import { sectionsOf } from "../source-data/commerce-document.ts";

/** A public document: counted by network, and sent with an ETag. */
export const publicDocument = (
  parts: Pick<Endpoint, "id" | "path" | "title" | "description">,
  shape: z.ZodType,
): Endpoint => ({
  ...parts,
  method: "get",
  group: "Reading",
  caller: "anyone",
  answers: {
    200: {
      means: "The document",
      body: { mediaType: "application/json", name: parts.title.replaceAll(" ", ""), shape },
      headers: { always: ["ETag"] },
    },
    304: { means: "Unchanged", headers: { always: ["ETag"] } },
  },
  refusals: [],
});

const head = { id: z.string(), updatedAt: z.iso.date().describe("The day of the latest change") };

/** The document with the sections of the parts that the business uses. */
export const commerceDocumentEndpoint = (parts: Parts): Endpoint =>
  publicDocument(
    {
      id: "commerce_source_data",
      path: ROUTES.commerceSourceData,
      title: "Commerce document",
      description: "What the business sells and how programs may act, computed from its rows: commerce://source-data.",
    },
    z.looseObject({
      ...head,
      ...Object.fromEntries(
        sectionsOf(parts).map((section) => [
          section,
          z.unknown().describe(`commerce://source-data/${section}`).optional(),
        ]),
      ),
    }),
  );

export const affiliatesDocumentEndpoint = publicDocument(
  {
    id: "affiliates_source_data",
    path: ROUTES.affiliatesSourceData,
    title: "Affiliates document",
    description: "The programs, partners, links, rules and counts: commerce://affiliates/source-data.",
  },
  z.looseObject({ ...head, status: z.string(), routes: z.array(z.string()), programs: z.array(z.looseObject({})) }),
);

/** `GET` of a published document: its resource over HTTP. */
export async function serveDocument(uri: string, request: Request, { ctx }: Site): Promise<Response> {
  const document = await ctx.readPublic(uri);
  return documentResponse(document, freshForMs(document, ctx.clock), request);
}

/**
 * Answers a public document, for programs of every site. They may keep it for `keepMs` milliseconds, and a request with the
 * ETag of the current document gets a 304 without a body.
 */
export function documentResponse(
  { text, etag }: Pick<PublicDocument, "text" | "etag">,
  keepMs: number,
  request: Request,
): Response {
  const headers = {
    ETag: etag,
    "Cache-Control": `public, max-age=${Math.floor(keepMs / 1000)}, must-revalidate`,
    "Access-Control-Allow-Origin": "*",
    "X-Content-Type-Options": "nosniff",
    Link: SERVICE_DESC,
  };
  if (matches(request.headers.get("If-None-Match"), etag)) return new Response(null, { status: 304, headers });
  return new Response(text, { headers: { ...headers, "Content-Type": "application/json" } });
}

/** Weak comparison, as RFC 9110 section 13.1.2 asks of If-None-Match. */
function matches(header: string | null, etag: string): boolean {
  const tags = header?.split(",").map((tag) => tag.trim().replace(/^W\//, "")) ?? [];
  return tags.includes("*") || tags.includes(etag);
}
