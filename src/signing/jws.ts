import { base64url, decodeBase64url } from "../base/base64url.ts";

const encode = (text: string) => new Uint8Array(new TextEncoder().encode(text));

/** The compact serialization of a JSON payload under a protected header (RFC 7515 section 7.1). */
export async function signCompact(
  header: Readonly<Record<string, unknown>>,
  payload: Readonly<Record<string, unknown>>,
  sign: (input: Uint8Array<ArrayBuffer>) => Promise<ArrayBuffer>,
): Promise<string> {
  const input = `${encoded(header)}.${encoded(payload)}`;
  return `${input}.${base64url(new Uint8Array(await sign(encode(input))))}`;
}

/** A compact serialization taken apart; nothing in it is proven yet. */
interface OpenedCompact {
  readonly header: Readonly<Record<string, unknown>>;
  readonly payload: Readonly<Record<string, unknown>>;
  /** The bytes that are signed. */
  readonly input: Uint8Array<ArrayBuffer>;
  readonly signature: Uint8Array<ArrayBuffer>;
}

/** Takes a compact serialization apart; undefined for another text. */
export function openCompact(text: string): OpenedCompact | undefined {
  const [head = "", body = "", tail, ...more] = text.split(".");
  if (tail === undefined || more.length > 0) return undefined;
  const [header, payload, signature] = [jsonOf(head), jsonOf(body), decodeBase64url(tail)];
  if (!header || !payload || !signature) return undefined;
  return { header, payload, input: encode(`${head}.${body}`), signature };
}

function encoded(value: Readonly<Record<string, unknown>>): string {
  return base64url(encode(JSON.stringify(value)));
}

function jsonOf(part: string): Record<string, unknown> | undefined {
  try {
    const bytes = decodeBase64url(part);
    const value: unknown =
      bytes && JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
