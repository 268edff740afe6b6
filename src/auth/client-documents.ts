import { DOCUMENT_WAIT_MS } from "../base/bounds.ts";
import { sha256 } from "../base/digest.ts";
import type { Keyring } from "../base/keyring.ts";
import type { Limits } from "../base/limits.ts";
import { Problem } from "../base/problem.ts";
import { readText } from "../base/read-body.ts";
import type { Clock } from "../base/time.ts";
import { countNetworkUp, countUp } from "../db/counts.ts";
import type { Database } from "../db/database.ts";
import { grantOfClient } from "../db/grant-records.ts";
import { fetchingBy, type Outbound } from "./outbound.ts";

/** The most that the library reads of a client's keys; of a document it reads less. */
const MAX_BYTES = 64 * 1024;
const DAY_SECONDS = 24 * 60 * 60;
/** A document that asks for less is kept this long: the draft of these documents lets a server set both ends. */
const LEAST_FRESH_SECONDS = 5 * 60;

/** Who may name a document at a door. */
interface Door {
  readonly request: Request;
  /** The client of the grant that the request names, where only that client's document may be fetched. */
  readonly knownClient?: () => Promise<string | undefined>;
}

/** Client metadata documents, fetched within bounds and kept for at most a day. */
export interface ClientDocuments {
  /** Runs a door behind which the library looks up clients. Throws `rate_limited` where a fetch met a bound. */
  within<T>(door: Door, run: () => Promise<T>): Promise<T>;
}

interface Kept {
  readonly body: string;
  /** Epoch milliseconds. A document that is not fresh is given only where a bound forbids to fetch it. */
  readonly freshUntil: number;
}

/** Opens the documents. `store` is KV; a location that has not seen a write yet fetches once more. */
export function openClientDocuments(parts: {
  readonly store: KVNamespace;
  readonly clock: Clock;
  readonly db: Database;
  readonly keyring: Keyring;
  readonly limits: Limits;
}): ClientDocuments {
  const { store, clock, db, limits } = parts;

  const isKnown = async (url: string) => (await db.read({ grants: grantOfClient(db, url) })).grants.length > 0;
  /** Counts one fetch. A known client's is not in the count that all strangers share, or they could keep it from signing in. */
  const count = async ({ request, knownClient }: Door, url: string) => {
    await limits.checkNetwork("documentFetches", request);
    if (knownClient || (await isKnown(url))) return;
    const refused = await db.tryCommit([
      ...(await countNetworkUp(parts, "documentFetchesANetwork", request)),
      ...countUp(parts, "documentFetchesADay", "all"),
    ]);
    const tooMany = await limits.refusalOf(refused);
    if (tooMany) throw tooMany;
  };
  const keep = async (url: string, body: string, answer: Response) => {
    const kept: Kept = { body, freshUntil: clock.now() + freshSeconds(answer) * 1000 };
    await store.put(await keyOf(url), JSON.stringify(kept), { expirationTtl: DAY_SECONDS });
  };

  return {
    async within(door, run) {
      const seen = new Map<string, string>();
      let met: Problem | undefined;
      const outbound: Outbound = async (url, init, beneath) => {
        const give = (body: string) => {
          seen.set(url, body);
          return documentOf(body);
        };
        const again = seen.get(url);
        if (again !== undefined) return documentOf(again);
        const kept = await store.get<Kept>(await keyOf(url), "json");
        if (kept && kept.freshUntil > clock.now()) return give(kept.body);
        // Keys stand at another address, and are fetched after the document that names it.
        if (door.knownClient && seen.size === 0 && (await door.knownClient()) !== url) {
          throw new Error("the client has been through no consent");
        }
        try {
          await count(door, url);
        } catch (error) {
          if (!(error instanceof Problem)) throw error;
          if (kept) return give(kept.body);
          met = error;
          throw error;
        }
        const { answer, body } = await inTime((signal) =>
          // A redirect would be one more fetch, to an address that the client's id does not name.
          fetchText((more) => beneath(url, { ...init, ...more }), signal),
        );
        if (body === undefined) return answer;
        const content = contentOf(body);
        if (content !== "keys" && content?.clientId !== url) return unreadable();
        if (content !== "keys") await keep(url, body, answer);
        return give(body);
      };
      // The library takes a refused fetch for a client that it can't find, and answers or throws so.
      const ended = await Promise.allSettled([fetchingBy(outbound, run)]);
      if (met) throw met;
      const [outcome] = ended;
      if (outcome.status === "rejected") throw outcome.reason;
      return outcome.value;
    },
  };
}

const keyOf = async (url: string) => `client-document:${await sha256(url)}`;
/** Without `Cache-Control`, so that the library's own cache, which may keep it for a week, does not. */
const documentOf = (body: string) => new Response(body, { headers: { "Content-Type": "application/json" } });

/** What the library gets for an answer that is no document. */
const unreadable = () => new Response(null, { status: 502 });

/** The answer, with its body where it is one to read. */
async function fetchText(
  fetch: (init: Pick<RequestInit, "signal" | "redirect">) => Promise<Response>,
  signal: AbortSignal,
): Promise<{ answer: Response; body?: string }> {
  const answer = await fetch({ signal, redirect: "manual" });
  if (answer.status !== 200) {
    await answer.body?.cancel();
    return { answer: unreadable() };
  }
  const body = await readText(answer, MAX_BYTES);
  if (body === undefined) throw new Error("the document is too large");
  return { answer, body };
}

async function inTime<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      stop.abort();
      reject(new Error("the document came too late"));
    }, DOCUMENT_WAIT_MS);
  });
  try {
    return await Promise.race([run(stop.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The seconds that an answer may be kept, by its `Cache-Control`, within our own least and most. */
function freshSeconds(answer: Response): number {
  const wish = answer.headers.get("Cache-Control") ?? "";
  const age = /(?:^|,)\s*s-maxage\s*=\s*"?(\d+)/i.exec(wish) ?? /(?:^|,)\s*max-age\s*=\s*"?(\d+)/i.exec(wish);
  const seconds = /(?:^|,)\s*(?:no-cache|no-store|private)\b/i.test(wish) ? 0 : Number(age?.[1] ?? 0);
  return Math.min(Math.max(seconds, LEAST_FRESH_SECONDS), DAY_SECONDS);
}

/**
 * A set of keys, or the client that a document describes; undefined for anything else. A document with a control character
 * in a text is none of a client's: the library logs what it finds wrong in one, and a line break would forge a log line.
 */
function contentOf(body: string): "keys" | { readonly clientId: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value !== "object" || value === null) return undefined;
    if ("keys" in value) return "keys";
    const hasControls = /\\[bfnrtu]/.test(JSON.stringify(value).replaceAll("\\\\", ""));
    return hasControls || !("client_id" in value) ? undefined : { clientId: value.client_id };
  } catch {
    return undefined;
  }
}
