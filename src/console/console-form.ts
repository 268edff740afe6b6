import { readBytes } from "../http/json.ts";

/** More than any form of the console: a file of 16 KiB and the fields around it. */
const MAX_BYTES = 40 * 1024;

/** A submitted form: its texts, and the file of a form that takes one. */
export interface ConsoleForm {
  readonly fields: URLSearchParams;
  readonly file?: File;
}

/** Reads a form of either kind; undefined when the body is none. */
export async function readConsoleForm(request: Request): Promise<ConsoleForm | "too long" | undefined> {
  const type = request.headers.get("Content-Type") ?? "";
  if (!/^(application\/x-www-form-urlencoded|multipart\/form-data)\b/i.test(type)) return undefined;
  const bytes = await readBytes(request, MAX_BYTES);
  if (!bytes) return "too long";
  const data = await new Response(bytes, { headers: { "Content-Type": type } }).formData().catch(() => undefined);
  if (!data) return undefined;
  const fields = new URLSearchParams();
  let file: File | undefined;
  for (const [name, value] of data as unknown as Iterable<[string, string | File]>) {
    if (typeof value === "string") fields.append(name, value);
    else file = value;
  }
  return file ? { fields, file } : { fields };
}
