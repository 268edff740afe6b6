import { refusalOf } from "../base/refusal.ts";
import { uploadContract } from "../commerce/assets/contract.ts";
import { receiveUpload } from "../commerce/assets/receive-upload.ts";
import type { Site } from "../site.ts";
import { jsonResponse, problemResponse } from "./json.ts";

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
