import { invalidInput, type Problem } from "../base/problem.ts";

/** More than any write's arguments; files take another way. */
const MAX_BODY_BYTES = 64 * 1024;

/** JSON for machines: not cached unless the caller says so, readable from any origin since no cookie is ever looked at. */
export function jsonResponse(
  body: unknown,
  init: { status?: number; headers?: Record<string, string> } = {},
): Response {
  return Response.json(body, {
    status: init.status ?? 200,
    headers: { "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", ...init.headers },
  });
}

/** A refusal as problem details (RFC 9457) with our code and fields beside the standard ones. */
export function problemResponse(problem: Problem, headers: Record<string, string> = {}): Response {
  const { title, ...members } = problem.body;
  const retry = problem.details.retryAfterSeconds;
  return jsonResponse(
    { type: "about:blank", title, status: problem.status, ...members },
    {
      status: problem.status,
      headers: {
        "Content-Type": "application/problem+json",
        ...(retry !== undefined && { "Retry-After": String(retry) }),
        ...headers,
      },
    },
  );
}

/** The JSON object in a body. Throws `invalid_input` for another type, a large body, or no JSON. */
export async function readJsonObject(request: Request): Promise<Record<string, unknown>> {
  const type = request.headers.get("Content-Type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") throw invalidInput("body", "must be application/json");
  const bytes = await readBytes(request, MAX_BODY_BYTES);
  if (!bytes) throw invalidInput("body", `must be at most ${MAX_BODY_BYTES} bytes`);
  const value = parseJson(bytes);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalidInput("body", "must be a JSON object");
  }
  return value as Record<string, unknown>;
}

/** The body, or undefined as soon as it is larger than `maximum`, whatever its length header says. */
export async function readBytes(request: Request, maximum: number): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body ?? []) {
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

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    throw invalidInput("body", "must be JSON in UTF-8");
  }
}
