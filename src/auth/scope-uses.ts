import type { Risk } from "../db/schema/vocabulary.ts";
import { SCOPES, type Scope } from "../kernel/actor.ts";
import type { ConfirmedWrite } from "../kernel/confirmed-write.ts";
import type { Resource } from "../kernel/resource.ts";
import { byGravity, gravestRisk } from "../kernel/risk.ts";

/** The titles of what a scope opens. */
interface ScopeUse {
  readonly tools: readonly string[];
  /** A list stands for its entries. */
  readonly documents: readonly string[];
  /** A sentence about the gravest write; undefined for a scope without writes. */
  readonly gravest: string | undefined;
}

type UsedWrite = Pick<ConfirmedWrite, "name" | "title" | "scope" | "risk">;

/** What each scope opens, for the page on which a person decides. */
export type ScopeUses = Readonly<Record<Scope, ScopeUse>>;

/** Reads the uses of each scope from the declarations by which calls are refused, so that the two can't differ. */
export function scopeUses(
  writes: readonly UsedWrite[],
  resources: readonly Pick<Resource, "title" | "uri" | "readers" | "list">[],
  words: Readonly<Record<Risk, string>>,
): ScopeUses {
  const lists = resources.filter(({ list }) => list).map(({ uri }) => `${uri}/`);
  const useOf = (scope: Scope): ScopeUse => ({
    tools: writes.filter((write) => write.scope === scope).map(({ title }) => title),
    documents: resources
      // What every scope opens is lost with none of them.
      .filter(({ readers }) => readers !== "public" && readers.length < SCOPES.length && readers.includes(scope))
      .filter(({ uri }) => !lists.some((list) => uri.startsWith(list)))
      .map(({ title }) => title),
    gravest: gravestSentence(
      writes.filter((write) => write.scope === scope),
      words,
    ),
  });
  return Object.fromEntries(SCOPES.map((scope) => [scope, useOf(scope)])) as Record<Scope, ScopeUse>;
}

function gravestSentence(writes: readonly UsedWrite[], words: Readonly<Record<Risk, string>>): string | undefined {
  const [gravest] = writes.toSorted(byGravity);
  if (!gravest) return undefined;
  const { title, risk } = gravest;
  return `The gravest is ${title}: ${typeof risk === "string" ? "it" : "one of its actions"} ${words[gravestRisk(gravest)]}.`;
}

/** The scopes that open anything. No other is offered, published or asked for. */
export function offeredScopes(uses: ScopeUses): readonly Scope[] {
  return SCOPES.filter((scope) => uses[scope].tools.length > 0 || uses[scope].documents.length > 0);
}

/** The uses as clauses, each after its own words. */
export function usesClauses(
  { tools, documents }: Omit<ScopeUse, "gravest">,
  words: { tools: string; documents: string },
): string[] {
  return [
    ...(tools.length > 0 ? [`${words.tools}: ${tools.join(", ")}`] : []),
    ...(documents.length > 0 ? [`${words.documents}: ${documents.join(", ")}`] : []),
  ];
}
