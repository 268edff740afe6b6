import { refusalOf } from "../base/refusal.ts";
import { uploadContract } from "../commerce/assets/contract.ts";
import { receiveUpload } from "../commerce/assets/receive-upload.ts";
import { uploadShape } from "../commerce/assets/upload.ts";
import { ROUTES } from "../commerce/routes.ts";
import type { Endpoint } from "../kernel/endpoint.ts";
import type { Site } from "../site.ts";
import { jsonResponse, problemResponse } from "./json.ts";

export const uploadEndpoint: Endpoint = {
  id: "upload_file",
  method: "put",
  path: `${ROUTES.uploads}/:token`,
  title: "Upload a file",
  description: `The bytes of a file that was announced with ${uploadContract.write}, exactly as announced. The link takes one file.`,
  group: "Writes",
  caller: "holder",
  params: { token: "The secret of the link: send the file to uploadUrl as it was given" },
  body: { mediaType: "application/octet-stream" },
  answers: {
    201: { means: "Stored", body: { mediaType: "application/json", name: "StoredFile", shape: uploadShape } },
  },
  refusals: ["invalid_input", "not_found", "ineligible_state", "provider_unavailable", "outcome_unknown"],
};

/**
 * `PUT /api/uploads/{token}`: the body of an announced file. The holder of the link may send that one file, and may
 * read nothing.
 */
export async function serveUpload(token: string, request: Request, { ctx }: Site): Promise<Response> {
  try {
    await ctx.limits.visitor(request);
    const declared = request.headers.get("Content-Length");
    const incoming = { stream: request.body, length: declared === null ? undefined : Number(declared) };
    return jsonResponse(await receiveUpload(token, incoming, ctx), { status: 201 });
  } catch (thrown) {
    return problemResponse(refusalOf(thrown, uploadContract.write, ctx.log));
  }
}
