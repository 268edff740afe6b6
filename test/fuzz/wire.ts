import { signBody } from "../../src/dev/stripe-sandbox/client.ts";
import { ORIGIN, type World } from "../support/world.ts";

/** A request as data: every part of it can be taken out, exchanged or spoilt. */
export interface WireCall {
  /** Which door it was meant for, by name; a spoilt path may lead elsewhere. */
  readonly door: string;
  readonly origin: string;
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: WireBody | undefined;
  /** What was done to it, for the one who has to find the fault. */
  readonly done: readonly string[];
}

export type WireBody =
  | { readonly kind: "json"; readonly value: unknown }
  | { readonly kind: "form"; readonly fields: readonly (readonly [string, string])[] }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "bytes"; readonly bytes: Uint8Array };

/** Stands in a header for the signature that Stripe would make of the body as it is sent. */
export const SIGNED = "signed when sent";
const WEBHOOK_SECRET = "whsec_test_sandbox_secret";

/** A request of a client or a browser, taken apart. */
export async function wireCall(door: string, request: Request): Promise<WireCall> {
  const { origin, pathname, search } = new URL(request.url);
  const headers = Object.fromEntries(request.headers);
  if (headers["stripe-signature"]) headers["stripe-signature"] = SIGNED;
  const bytes = new Uint8Array(await request.clone().arrayBuffer());
  const body = bytes.length > 0 ? bodyOf(headers["content-type"] ?? "", bytes) : undefined;
  return { door, origin, method: request.method, path: pathname + search, headers, body, done: [] };
}

function bodyOf(type: string, bytes: Uint8Array): WireBody {
  const text = new TextDecoder().decode(bytes);
  if (type.startsWith("application/x-www-form-urlencoded"))
    return { kind: "form", fields: [...new URLSearchParams(text)] };
  if (type.startsWith("application/json")) return { kind: "json", value: JSON.parse(text) };
  return { kind: "bytes", bytes };
}

/** The request as it goes over the wire; undefined where no client could send it, as a header with a line end. */
export async function requestOf(
  { origin, method, path, headers, body }: WireCall,
  now: number,
): Promise<Request | undefined> {
  const sent = body && decodeBase64url(body);
  const carried: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) carried[name] = asHeader(value);
  if (headers["stripe-signature"] === SIGNED) {
    carried["stripe-signature"] = await signBody(
      new TextDecoder().decode(sent),
      WEBHOOK_SECRET,
      Math.floor(now / 1000),
    );
  }
  try {
    return new Request(origin + path, {
      method,
      headers: carried,
      ...(sent && method !== "GET" && method !== "HEAD" && { body: sent }),
    });
  } catch {
    return undefined;
  }
}

/** Anything as JSON that a hostile writer can write: lone surrogates stay, and text that is no JSON goes as it is. */
export function decodeBase64url(body: WireBody): Uint8Array {
  switch (body.kind) {
    case "bytes":
      return body.bytes;
    case "text":
      return new TextEncoder().encode(body.text);
    case "json":
      return new TextEncoder().encode(JSON.stringify(body.value) ?? "");
    case "form":
      return new TextEncoder().encode(new URLSearchParams(body.fields.map((pair) => [...pair])).toString());
  }
}

let events = 0;

/** The request in a form that was not sent before: an event of Stripe's is applied once, by its id. */
export function asFirstSent(call: WireCall): WireCall {
  const { body, door } = call;
  if (door !== "webhook" || body?.kind !== "json") return call;
  return { ...call, body: { kind: "json", value: { ...(body.value as object), id: `evt_${++events}` } } };
}

/** What was done to a request and what came of it, short enough to read. */
export function told(
  { door, done, method, origin, path, headers, body }: WireCall,
  answer: { readonly status: number; readonly text: string },
): string {
  const sent = body && new TextDecoder().decode(decodeBase64url(body)).slice(0, 900);
  const got = { status: answer.status, text: answer.text.slice(0, 300) };
  return JSON.stringify({ door, done, request: `${method} ${origin}${path}`, headers, sent, got });
}

/** A header carries bytes: what is beyond them goes as UTF-8, as clients send it. */
function asHeader(value: string): string {
  return String.fromCharCode(...new TextEncoder().encode(value));
}

/** The world as clients and browsers see it, with every request of theirs kept. */
export function recorder(world: World) {
  const calls: WireCall[] = [];
  let door: string | undefined;
  let held: () => boolean = () => false;
  const send = async (request: Request): Promise<Response> => {
    if (door !== undefined) calls.push(await wireCall(door, request));
    return held() ? new Response(null, { status: 204 }) : world.send(request);
  };
  const kept = {
    calls,
    world: {
      ...world,
      send,
      fetch: (path: string, init?: RequestInit) => send(new Request(new URL(path, ORIGIN), init)),
    } as World,
    /** Keeps what is sent meanwhile under the name of a door. */
    async at<T>(name: string, run: () => Promise<T>): Promise<T> {
      door = name;
      try {
        return await run();
      } finally {
        door = undefined;
      }
    },
    /**
     * Keeps what would have been sent, all of it or from a moment on, and sends nothing: what can be used once is still
     * good afterwards. A caller that waits for the answer gives up.
     */
    async unsent(name: string, run: () => Promise<unknown>, from = () => true): Promise<void> {
      const before = calls.length;
      held = from;
      await kept.at(name, run).catch(() => undefined);
      held = () => false;
      if (calls.length === before) throw new Error(`${name}: nothing would have been sent`);
    },
  };
  return kept;
}
