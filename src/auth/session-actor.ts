import { and, eq, gt } from "drizzle-orm";
import { Problem } from "../base/problem.ts";
import { session } from "../db/schema/people.ts";
import { type Actor, SCOPES } from "../kernel/actor.ts";
import type { Context } from "../kernel/context.ts";
import type { Person } from "./people.ts";
import { entitledScopes } from "./scopes.ts";

/** The actor of a signed-in browser, with every scope that the person could grant. A sign-out counts from the next request on. */
export function sessionActor(person: Person, ctx: Context): Actor {
  return {
    kind: person.isOwner ? "owner_session" : "account_session",
    id: person.userId,
    isOwner: person.isOwner,
    scopes: new Set(entitledScopes(SCOPES, person)),
    clientId: null,
    grantId: null,
    clientDeclared: null,
    revocationCheck: ctx.db.build
      .select({ id: session.id })
      .from(session)
      .where(
        and(
          eq(session.id, person.sessionId),
          eq(session.userId, person.userId),
          gt(session.expiresAt, new Date(ctx.clock.now())),
        ),
      ),
    assertNotRevoked(rows) {
      if ((rows as { id: string }[]).length === 0) throw signedOut(person);
    },
  };
}

/** The refusal of a request that needs a signed-in browser: the owner's, or any person's. */
export function signedOut({ isOwner }: Pick<Person, "isOwner">): Problem {
  const who = isOwner ? "as the owner " : "";
  return new Problem("unauthenticated", { detail: `Sign in ${who}in this browser. No token is taken here.` });
}
