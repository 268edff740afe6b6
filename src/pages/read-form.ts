import { mediaType, readBytes } from "../base/read-body.ts";

/** More than the fields of any form of ours. */
const MAX_BYTES = 16 * 1024;

/** A submitted form: its fields, and its file if it takes one. */
export interface SubmittedForm {
  readonly fields: URLSearchParams;
  readonly file?: File;
}

/**
 * Reads the form that a page submitted, of either media type; undefined when the body is no form, `too long` when it has
 * more than `maximum` bytes.
 */
export async function readForm(request: Request, maximum = MAX_BYTES): Promise<SubmittedForm | "too long" | undefined> {
  const type = mediaType(request) ?? "";
  if (type !== "application/x-www-form-urlencoded" && type !== "multipart/form-data") return undefined;
  const bytes = await readBytes(request, maximum);
  if (!bytes) return "too long";
  const headers = { "Content-Type": request.headers.get("Content-Type") ?? "" };
  const data = await new Response(bytes, { headers }).formData().catch(() => undefined);
  if (!data) return undefined;
  const fields = new URLSearchParams();
  let file: File | undefined;
  for (const [name, value] of data as unknown as Iterable<[string, string | File]>) {
    if (typeof value === "string") fields.append(name, value);
    else file = value;
  }
  return file ? { fields, file } : { fields };
}
