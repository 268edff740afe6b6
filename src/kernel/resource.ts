import { type ListPlace, type ListPosition, openCursor, sealCursor } from "../base/list.ts";
import { notFound, Problem } from "../base/problem.ts";
import { assertRedacted } from "../base/redaction.ts";
import type { Query, Rows } from "../db/database.ts";
import type { BusinessPart } from "../db/schema/vocabulary.ts";
import { type Actor, holdsScope, insufficientScope, type Scope } from "./actor.ts";
import type { Context } from "./context.ts";
import type { Worded } from "./parts.ts";

/** Who may read: every caller, or actors with one of the scopes. */
export type Readers = "public" | readonly Scope[];

/** The reader, and the part of the resource that is read. */
interface ReadArgs {
  /** The parameters of the URI, decoded. */
  readonly params: Readonly<Record<string, string>>;
  /** The position after which a page of a list starts, as the list gave it; undefined for the first page. */
  readonly after: ListPosition | undefined;
  /** Null on the public door. */
  readonly actor: Actor | null;
  readonly ctx: Context;
}

/** A page of a list, before the kernel turns `last` into `nextUri`. */
export interface Page {
  readonly items: readonly Record<string, unknown>[];
  /** The position of the last item, where there are more. */
  readonly last?: ListPlace | undefined;
}

/** A resource as its file declares it. Reading changes nothing. */
interface ResourceDeclaration<Loaded extends Record<string, Query>> {
  /** Kebab-case; also the name of its file. */
  readonly name: string;
  /** `commerce://…`, with `{parameter}` for one path segment. */
  readonly uri: string;
  readonly title: string;
  readonly description: Worded;
  /** The part of the business that the resource belongs to. Left out: always there. */
  readonly part?: BusinessPart;
  readonly readers: Readers;
  /** A list is read in pages, by `nextUri`. */
  readonly list?: boolean;
  /** The queries for the rows that the document shows. They run in one batch. */
  load(args: ReadArgs): Loaded;
  /** The document. Built from allow-lists (`publicRow`); throws `not_found` where there is nothing for this reader. */
  present(
    args: ReadArgs & { rows: Rows<Loaded> },
  ): Promise<Record<string, unknown> | Page> | Record<string, unknown> | Page;
}

// biome-ignore lint/suspicious/noExplicitAny: a registry holds resources of every type; each was checked where it was declared.
export type Resource = ResourceDeclaration<any>;

/** Declares a resource; `present` is checked against the rows that `load` reads. */
export function defineResource<Loaded extends Record<string, Query>>(declaration: ResourceDeclaration<Loaded>) {
  return declaration;
}

/** Whether the actor reads as the owner, who sees the rows of all people. */
export function readsAsOwner(actor: Actor | null): boolean {
  return actor?.isOwner === true && actor.scopes.has("owner:read");
}

/** The person of whom a public resource tells more: an actor who can buy. Empty for every other reader. */
export function buyerOf(actor: Actor | null): string {
  return actor && holdsScope(actor, "checkout:write") ? actor.id : "";
}

/** The resource that a URI names, with decoded parameters and the cursor; undefined for an unknown URI. */
export function matchResource(resources: readonly Resource[], uri: string) {
  const [path = "", query, ...more] = uri.split("?");
  if (more.length > 0) return undefined;
  for (const resource of resources) {
    const match = patternOf(resource.uri).exec(path);
    const cursor = query === undefined ? undefined : /^cursor=([\w.~-]+)$/.exec(query)?.[1];
    if (!match || (query !== undefined && !(resource.list && cursor))) continue;
    const params = decodedParams(match.groups ?? {});
    if (params) return { resource, params, cursor };
  }
  return undefined;
}

/**
 * Reads a resource, in one round trip.
 * Throws `not_found` for a resource that is absent or not this reader's, `insufficient_scope`, `unauthenticated`.
 */
export async function readResource(
  resources: readonly Resource[],
  uri: string,
  actor: Actor | null,
  ctx: Context,
): Promise<Record<string, unknown>> {
  const found = matchResource(resources, uri);
  if (!found) throw notFound("uri");
  const { resource, params, cursor } = found;
  assertReader(resource, actor);
  // A public list is the same for each reader, who may sign in between two pages.
  const reader = readsAsOwner(actor) ? "owner" : actor?.id;
  const place = resource.readers === "public" ? resource.uri : `${resource.uri} for ${reader}`;
  const after = cursor === undefined ? undefined : await requirePosition(cursor, place, ctx);
  const args: ReadArgs = { params, after, actor, ctx };
  const own: Record<string, Query> = actor ? { revocationCheck: actor.revocationCheck } : {};
  const [rows, { revocationCheck }] = await ctx.db.readTogether([resource.load(args) as Record<string, Query>, own]);
  actor?.assertNotRevoked(revocationCheck);
  const document = await resource.present({ ...args, rows });
  if (!resource.list) return assertRedacted(document as Record<string, unknown>);
  const { items, last } = document as Page;
  const nextUri = last && `${resource.uri}?cursor=${await sealCursor(ctx.keyring, last, place)}`;
  // The cursor is left out of the check: it is random text, and one in thousands looks like a provider's identifier.
  return { ...assertRedacted({ items }), ...(nextUri && { nextUri }) };
}

/** The scope to ask for when this actor may not read; undefined when they may. */
export function missingScope(resource: Resource, actor: Actor): Scope | undefined {
  if (resource.readers === "public") return undefined;
  return resource.readers.some((scope) => holdsScope(actor, scope)) ? undefined : resource.readers[0];
}

/** Throws unless the actor may read the resource. */
export function assertReader(resource: Resource, actor: Actor | null): void {
  if (resource.readers === "public") return;
  if (!actor)
    throw new Problem("unauthenticated", { detail: "Sign in to read this: use the endpoint that takes a token." });
  const scope = missingScope(resource, actor);
  if (scope) throw insufficientScope(scope);
}

async function requirePosition(cursor: string, place: string, { keyring }: Context): Promise<ListPosition> {
  const position = await openCursor(keyring, cursor, place);
  if (!position) throw notFound("uri");
  return position;
}

const patterns = new Map<string, RegExp>();

function patternOf(uri: string): RegExp {
  const known = patterns.get(uri) ?? new RegExp(`^${uri.replace(/\{(\w+)\}/g, "(?<$1>[^/?#]{1,600})")}$`);
  patterns.set(uri, known);
  return known;
}

/** Undefined where a parameter is not valid percent-encoding. */
function decodedParams(groups: Record<string, string>): Record<string, string> | undefined {
  try {
    return Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)]));
  } catch {
    return undefined;
  }
}
