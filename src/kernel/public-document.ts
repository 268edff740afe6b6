import { sha256 } from "../base/digest.ts";
import type { Clock } from "../base/time.ts";
import type { Context } from "./context.ts";
import { matchResource, type Resource, readResource } from "./resource.ts";

/** The greatest age of a public document at its reader: our time of keeping it and that of the client, together. */
export const PUBLIC_TTL_MS = 10_000;

/** How many documents one isolate keeps. A larger catalog is read from the database more often. */
const MOST_KEPT = 200;

/** A public document, the same for each reader. */
export interface PublicDocument {
  readonly content: Readonly<Record<string, unknown>>;
  /** `content` as JSON. */
  readonly text: string;
  readonly etag: string;
  /** When the reading began, in milliseconds: the rows are not older. */
  readonly readAt: number;
}

/** Reads a public resource, with the Problems of `readResource` for a reader without sign-in. */
export type PublicReader = (uri: string) => Promise<PublicDocument>;

/** The strong entity tag of a text. */
export const etagOf = async (text: string): Promise<string> => `"${(await sha256(text)).slice(0, 32)}"`;

/** How long a reader may keep a document, in milliseconds. */
export function freshForMs({ readAt }: Pick<PublicDocument, "readAt">, clock: Clock): number {
  const age = clock.now() - readAt;
  // A clock that was set back says nothing about the age.
  return age < 0 ? 0 : Math.max(0, PUBLIC_TTL_MS - age);
}

/**
 * Reads public resources, and keeps each document in this isolate while it is fresh. It gets no actor, so nothing of a person
 * can be kept; a refusal is never kept. Two callers at once both read: in a Worker one request can't await another's promise.
 */
export function createPublicReader(resources: readonly Resource[], ctx: Context): PublicReader {
  const kept = new Map<string, PublicDocument>();
  return async (uri) => {
    const key = keyOf(resources, uri);
    const found = key && kept.get(key);
    if (found && freshForMs(found, ctx.clock) > 0) return found;
    const readAt = ctx.clock.now();
    const content = await readResource(resources, uri, null, ctx);
    const text = JSON.stringify(content);
    const document = { content, text, etag: await etagOf(text), readAt };
    if (key) keep(kept, key, document);
    return document;
  };
}

/** The key of a document, the same for every spelling of its URI. Undefined for a page after a cursor, which is not kept. */
function keyOf(resources: readonly Resource[], uri: string): string | undefined {
  const match = matchResource(resources, uri);
  return match && match.cursor === undefined ? JSON.stringify([match.resource.name, match.params]) : undefined;
}

/** Keeps a document as the newest; the oldest gives way. It never replaces one whose reading began later. */
function keep(kept: Map<string, PublicDocument>, key: string, document: PublicDocument): void {
  if ((kept.get(key)?.readAt ?? 0) > document.readAt) return;
  kept.delete(key);
  kept.set(key, document);
  const [oldest] = kept.keys();
  if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
}
