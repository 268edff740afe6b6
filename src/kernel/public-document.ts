import { sha256 } from "../base/digest.ts";
import type { Clock } from "../base/time.ts";
import type { Context } from "./context.ts";
import { matchResource, type Resource, readResource } from "./resource.ts";

/** How old a public document may be when its reader lets it go: what we keep and what a client keeps add up to this. */
export const PUBLIC_TTL_MS = 10_000;

/** The documents that one isolate keeps. A catalog of more offers is read from the database more often. */
const MOST_KEPT = 200;

/** A public document, the same for each reader. */
export interface PublicDocument {
  readonly content: Readonly<Record<string, unknown>>;
  /** `content` as JSON. */
  readonly text: string;
  readonly etag: string;
  /** When the reading began: the rows are at least as new. */
  readonly readAt: number;
}

/** Reads a public resource, with the Problems of `readResource` for a reader without sign-in. */
export type PublicReader = (uri: string) => Promise<PublicDocument>;

/** The strong entity tag of a text. */
export const etagOf = async (text: string): Promise<string> => `"${(await sha256(text)).slice(0, 32)}"`;

/** How long a document may still be kept by its reader, in milliseconds. */
export function freshForMs({ readAt }: Pick<PublicDocument, "readAt">, clock: Clock): number {
  const age = clock.now() - readAt;
  // A clock that was set back tells no age.
  return age < 0 ? 0 : Math.max(0, PUBLIC_TTL_MS - age);
}

/**
 * Reads public resources and keeps them for this isolate while they are fresh. It is given no actor, so that nothing of a
 * person can be kept, and a refusal is never kept. Two callers at once each read: a promise belongs to its request.
 */
export function createPublicReader(resources: readonly Resource[], ctx: Context): PublicReader {
  const kept = new Map<string, PublicDocument>();
  return async (uri) => {
    const place = placeOf(resources, uri);
    const found = place && kept.get(place);
    if (found && freshForMs(found, ctx.clock) > 0) return found;
    const readAt = ctx.clock.now();
    const content = await readResource(resources, uri, null, ctx);
    const text = JSON.stringify(content);
    const document = { content, text, etag: await etagOf(text), readAt };
    if (place) keep(kept, place, document);
    return document;
  };
}

/** The one name of a document, however its URI is spelled; undefined where it is not kept: pages have addresses without end. */
function placeOf(resources: readonly Resource[], uri: string): string | undefined {
  const match = matchResource(resources, uri);
  return match && match.cursor === undefined ? JSON.stringify([match.resource.name, match.params]) : undefined;
}

/** The newest is the last, and the oldest gives way. A slow reading never takes the place of one that began after it. */
function keep(kept: Map<string, PublicDocument>, place: string, document: PublicDocument): void {
  if ((kept.get(place)?.readAt ?? 0) > document.readAt) return;
  kept.delete(place);
  kept.set(place, document);
  const [oldest] = kept.keys();
  if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
}
