import { formerLimits, NO_LIMITS } from "../db/grant-limits.ts";
import type { Scope } from "../kernel/actor.ts";
import type { OfferedLimits } from "./consent-form.tsx";
import type { AuthContext } from "./context.ts";
import type { InvalidFields } from "./faults.ts";
import {
  areEmpty,
  type LimitTexts,
  limitStyle,
  limitStyleQueries,
  readLimits,
  textsOf,
  typedLimits,
} from "./limit-fields.ts";
import type { Person } from "./people.ts";

/** The limits in a consent form. Those of an app that is not given checkouts are left out. */
export async function limitsIn(auth: AuthContext, form: URLSearchParams, scopes: readonly Scope[]) {
  const typed = typedLimits(form);
  if (!scopes.includes("checkout:write") || areEmpty(typed))
    return { kind: "valid_fields" as const, limits: NO_LIMITS };
  return readLimits(typed, limitStyle(await auth.db.read(limitStyleQueries(auth))), auth.clock.now());
}

/** The limits that the page proposes: those that the person last set for this app, or what they typed just now. */
export async function limitsFor(
  auth: AuthContext,
  { userId }: Person,
  app: Parameters<typeof formerLimits>[2],
  refused: { readonly texts: LimitTexts; readonly errors: InvalidFields["errors"] } | undefined,
): Promise<OfferedLimits> {
  const { former, ...rows } = await auth.db.read({
    ...limitStyleQueries(auth),
    former: formerLimits(auth.db, userId, app),
  });
  const style = limitStyle(rows);
  const proposed = textsOf(former[0], style, auth.clock.now());
  const texts = refused?.texts ?? proposed;
  return { texts, style, remembered: !areEmpty(proposed), errors: refused?.errors };
}
