import type { OperationRow } from "../db/operations.ts";
import { type Actor, holdsScope } from "./actor.ts";
import type { ConfirmedWrite } from "./confirmed-write.ts";
import type { Context } from "./context.ts";
import { readsAsOwner } from "./resource.ts";

/** An operation, or an approval that one may come of. */
type Made = Pick<OperationRow, "actorId" | "writeName">;

/**
 * How much of an operation a reader sees: its answer, links and receipt; the facts that the owner reads of every
 * operation; or that it is there, with its write, status and times.
 */
export type Sight = "answer" | "facts" | "existence";

/** Undefined where the reader sees nothing of the operation. */
export function sightOf(made: Made, actor: Actor | null, ctx: Context): Sight | undefined {
  if (!actor) return undefined;
  const own = made.actorId === actor.id;
  if (own && holdsScopeOf(made, actor, ctx)) return "answer";
  if (readsAsOwner(actor)) return "facts";
  return own ? "existence" : undefined;
}

/**
 * Whether a token holds the scope of the operation's write. One person's clients are strangers to each other: a client
 * that may not make a call is not given what came of it. A person on our own pages holds no token.
 */
export function holdsScopeOf({ writeName }: Pick<Made, "writeName">, actor: Actor, ctx: Context): boolean {
  if (actor.clientId === null) return true;
  const scope = ctx.findWrite(writeName)?.scope;
  return scope !== undefined && holdsScope(actor, scope);
}

/** A stored result without what was given to another grant alone. What a person did on our own pages has no grant. */
export function givenTo(
  actor: Actor,
  write: Pick<ConfirmedWrite, "forGrant"> | undefined,
  { grantId }: Pick<OperationRow, "grantId">,
  result: Record<string, unknown>,
): Record<string, unknown> {
  const withheld = write?.forGrant;
  if (!withheld || grantId === null || actor.clientId === null || actor.grantId === grantId) return result;
  return Object.fromEntries(Object.entries(result).filter(([member]) => !withheld.includes(member)));
}
