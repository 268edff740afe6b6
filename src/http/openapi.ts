import * as z from "zod";
import { ROUTES } from "../commerce/routes.ts";
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
  let text: string | undefined;
  return (request) => {
    text ??= JSON.stringify(document());
    return documentResponse(text, request);
  };
}
