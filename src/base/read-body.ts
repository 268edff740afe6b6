const MAX_BYTES = 16 * 1024;

/** The body as text, or undefined when it is larger than any form of ours: nobody fills our memory. */
export async function readSmallText(request: Request): Promise<string | undefined> {
  if (Number(request.headers.get("Content-Length") ?? 0) > MAX_BYTES) return undefined;
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) return undefined;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function isForm(request: Request): boolean {
  return mediaType(request) === "application/x-www-form-urlencoded";
}

/** A submitted form, or undefined when the body is no small form. */
export async function readForm(request: Request): Promise<URLSearchParams | undefined> {
  const form = await readPageForm(request);
  return form === "too long" ? undefined : form;
}

/** A submitted form, for a page that says it where one is too long; undefined when the body is no form. */
export async function readPageForm(request: Request): Promise<URLSearchParams | "too long" | undefined> {
  if (!isForm(request)) return undefined;
  const text = await readSmallText(request);
  return text === undefined ? "too long" : new URLSearchParams(text);
}

/** A submitted JSON value, or undefined when the body is no small JSON. */
export async function readJson(request: Request): Promise<unknown> {
  if (mediaType(request) !== "application/json") return undefined;
  const text = await readSmallText(request);
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function mediaType(request: Request): string | undefined {
  return request.headers.get("Content-Type")?.split(";")[0]?.trim().toLowerCase();
}
