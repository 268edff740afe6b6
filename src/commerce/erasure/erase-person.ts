import { inArray } from "drizzle-orm";
import { notFound, Problem } from "../../base/problem.ts";
import { endApprovals } from "../../db/approval-ends.ts";
import { insertAudit } from "../../db/audit.ts";
import type { Query } from "../../db/database.ts";
import { eraseFromCalls, eraseFromOrders } from "../../db/erasure.ts";
import { idsAmong } from "../../db/ids-among.ts";
import { guardAtRest } from "../../db/person-orders.ts";
import { approvals } from "../../db/schema/index.ts";
import type { Context } from "../../kernel/context.ts";
import { buyerId } from "../checkout/buyer-actor.ts";
import { type FoundPerson, findPersonByEmail, isBusy, type Sought } from "./person.ts";

/** Sign-in's part of an erasure. */
interface SignInErasure {
  /** For the batch: the account, its sessions, factors and apps, and every link to the address. */
  erasing(person: { readonly userId: string | null; readonly email: string; readonly at: number }): Query[];
  /** After the commit: what the token store still has of a person. What can't be deleted there ends by itself. */
  forgetTokens(userId: string): Promise<void>;
}

/** Who erases: the person in their own session, or the owner. */
interface Eraser {
  readonly kind: "owner_session" | "account_session";
  readonly id: string;
}

/** How often the person is read again because an order of theirs came between the reading and the batch. */
const TRIES = 4;

/**
 * Erases the person with an address, in one batch: their account and every order that it started or that the address paid.
 * What has happened stays without a name. Throws `not_found` where there is no such person, and `ineligible_state` for the
 * owner, and while a checkout is open or a plan runs.
 */
export async function erasePerson(sought: Sought, by: Eraser, signIn: SignInErasure, ctx: Context): Promise<void> {
  for (let tries = 0; tries < TRIES; tries++) {
    const person = await findPersonByEmail(sought, ctx);
    if (!person) throw notFound("email");
    if (person.userId === ctx.ownerUserId) {
      throw new Problem("ineligible_state", { detail: "This is the owner's account. A business needs its owner." });
    }
    if (isBusy(person)) throw busy();
    const refused = await ctx.db.tryCommit(erasingStatements(person, by, signIn, ctx));
    if (refused === "person_busy") throw busy();
    if (refused !== undefined) continue;
    if (person.userId !== null) await signIn.forgetTokens(person.userId);
    return;
  }
  throw new Problem("ineligible_state", { detail: "The person is doing something at this moment. Try again." });
}

function busy(): Problem {
  return new Problem("ineligible_state", {
    detail: "A checkout of this person is open, or a plan of theirs runs. It has to end first.",
  });
}

function erasingStatements(person: FoundPerson, by: Eraser, signIn: SignInErasure, ctx: Context): Query[] {
  const { userId, email, own, all } = person;
  const at = ctx.clock.now();
  const actors = [...(userId === null ? [] : [userId]), ...all.map(buyerId)];
  const [anOrder = ""] = all;
  return [
    ...guardAtRest(ctx, person, { own, all }),
    ...endApprovals(
      ctx,
      { status: "withdrawn", because: "client_revoked" },
      inArray(approvals.actorId, idsAmong(actors)),
      { at, by },
    ),
    ...eraseFromOrders(ctx, all, at),
    ...eraseFromCalls(ctx, actors),
    ...signIn.erasing({ userId, email, at }),
    insertAudit(
      ctx,
      {
        eventKind: "person_erased",
        summary:
          by.kind === "owner_session"
            ? "The owner erased a person. What they bought stays without a name."
            : "A person deleted their account. What they bought stays without a name.",
        subjectId: userId ?? anOrder,
        subjectStatus: "erased",
        checkoutIntentId: userId === null ? anOrder : null,
      },
      { actorKind: by.kind, actorId: by.id },
      at,
    ),
  ];
}
