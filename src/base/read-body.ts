import { invalidInput } from "./problem.ts";

/** Larger than the arguments of any write. A larger file comes by an upload link. */
const MAX_JSON_BYTES = 64 * 1024;

/** The body, or undefined as soon as it is larger than `maximum` bytes, also where the length header says less. */
export async function readBytes(
  message: Request | Response,
  maximum: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of message.body ?? []) {
    length += chunk.byteLength;
    if (length > maximum) return undefined;
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}

/** The body as UTF-8 text, or undefined when it is larger than `maximum` bytes. */
export async function readText(message: Request | Response, maximum: number): Promise<string | undefined> {
  const bytes = await readBytes(message, maximum);
  return bytes && new TextDecoder().decode(bytes);
}

/** The JSON object in a body. Throws `invalid_input` for another type, a body over 64 KiB, or no JSON. */
export async function readJsonObject(request: Request): Promise<Record<string, unknown>> {
  if (mediaType(request) !== "application/json") throw invalidInput("body", "must be application/json");
  const bytes = await readBytes(request, MAX_JSON_BYTES);
  if (!bytes) throw invalidInput("body", `must be at most ${MAX_JSON_BYTES} bytes`);
  const value = parseJson(bytes);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalidInput("body", "must be a JSON object");
  }
  return value as Record<string, unknown>;
}

/** The JSON value in a body; undefined for another type, a body over `maximum` bytes, or no JSON. */
export async function readJson(request: Request, maximum: number): Promise<unknown> {
  if (mediaType(request) !== "application/json") return undefined;
  const text = await readText(request, maximum);
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The media type of a body, without its parameters, in lower case. */
export function mediaType(request: Request): string | undefined {
  return request.headers.get("Content-Type")?.split(";")[0]?.trim().toLowerCase();
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    throw invalidInput("body", "must be JSON in UTF-8");
  }
}
