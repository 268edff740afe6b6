import * as z from "zod";
import { ROUTES } from "../commerce/routes.ts";
import { etagOf, PUBLIC_TTL_MS } from "../kernel/public-document.ts";
import { documentResponse, publicDocument } from "./documents.ts";

export const openApiEndpoint = publicDocument(
  {
    id: "openapi",
    path: ROUTES.openApi,
    title: "OpenAPI document",
    description: "Every route for programs, computed from what this deployment serves.",
  },
  z.looseObject({ openapi: z.string(), info: z.looseObject({ title: z.string(), version: z.string() }) }),
);

/** `GET /openapi.json`. `document` is computed at the first call, and kept for the life of the isolate. */
export function openApiServer(document: () => unknown): (request: Request) => Promise<Response> {
  let kept: { readonly text: string; readonly etag: string } | undefined;
  return async (request) => {
    if (!kept) {
      const text = JSON.stringify(document());
      kept = { text, etag: await etagOf(text) };
    }
    return documentResponse(kept, PUBLIC_TTL_MS, request);
  };
}
