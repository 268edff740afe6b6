import { guardChanged } from "../db/database.ts";
import { changeLimits, type GrantLimits, type GrantLimitsRow, hasLimits, limitsOfPerson } from "../db/grant-limits.ts";
import type { Scope } from "../kernel/actor.ts";
import { auditOf, type SignedInActor } from "./audit.ts";
import type { AuthContext } from "./context.ts";
import { liveGrants, markRevoked } from "./grants.ts";
import { knownScopes } from "./scopes.ts";

/** A connected app as the account page shows it. */
export interface ConnectedClient {
  readonly grantId: string;
  readonly clientName: string;
  /** The domain of an app that is identified by a metadata document. */
  readonly clientDomain?: string;
  readonly resource: string;
  /** Those that open anything here. */
  readonly scopes: readonly Scope[];
  /** Epoch milliseconds. */
  readonly since: number;
  /** What the person lets the app do without asking them; undefined without a limit. */
  readonly limits: GrantLimitsRow | undefined;
  /** The checkouts of the last 24 hours that count; 0 where the app has no limit of that kind. */
  readonly started: number;
}

/** The person's grants in force, the newest first. */
export async function listGrants(auth: AuthContext, userId: string): Promise<ConnectedClient[]> {
  const { grants, limited } = await auth.db.read({
    grants: liveGrants(auth.db, userId),
    limited: limitsOfPerson(auth, userId),
  });
  const limitsOf = new Map(limited.map((row) => [row.limits.grantId, row]));
  return grants.map((grant) => ({
    grantId: grant.id,
    clientName: grant.clientName,
    ...(URL.canParse(grant.clientId) ? { clientDomain: new URL(grant.clientId).hostname } : {}),
    resource: grant.resource,
    scopes: knownScopes(grant.scopes.split(" "), auth.offeredScopes),
    since: grant.createdAt,
    limits: limitsOf.get(grant.id)?.limits,
    started: limitsOf.get(grant.id)?.started ?? 0,
  }));
}

/** A change of the limits of a person's own app, from a page that showed the limits of the time `shownAt`. */
export interface LimitsChange {
  readonly grantId: string;
  readonly userId: string;
  readonly shownAt: number | null;
  readonly limits: GrantLimits;
}

/**
 * Changes the limits of one of the person's grants, audited without amounts. Answers why nothing was changed: the grant has
 * ended or is not theirs, or the limits are not those that the page showed.
 */
export function changeGrantLimits(auth: AuthContext, change: LimitsChange): Promise<string | undefined> {
  return auth.db.tryCommit([
    ...changeLimits(auth, change),
    auditOf(auth, {
      eventKind: "grant_limits_changed",
      summary: "A person changed the limits of a connected app.",
      subjectId: change.grantId,
      subjectStatus: hasLimits(change.limits) ? "limited" : "unlimited",
      by: { id: change.userId, kind: "account_session" },
    }),
  ]);
}

/** The grant to end, and who ends it: its own person when `by` is left out, or the owner. */
export interface Revocation {
  readonly grantId: string;
  readonly userId: string;
  readonly by?: SignedInActor;
}

/**
 * Ends one of the person's grants, audited: its tokens are refused from the next request on. Answers false when the grant
 * has ended or is not theirs. D1 decides; entries that can't be deleted from the token store expire by themselves.
 */
export async function revokeGrant(auth: AuthContext, revocation: Revocation): Promise<boolean> {
  const { grantId, userId, by = { id: userId, kind: "account_session" } } = revocation;
  const refused = await auth.db.tryCommit([
    ...markRevoked(auth, { grantId, userId, at: auth.clock.now(), by }),
    guardChanged(auth.db, "grant_ended"),
    auditOf(auth, {
      eventKind: "client_grant_revoked",
      summary: "A connected app was disconnected.",
      subjectId: grantId,
      subjectStatus: "revoked",
      by,
    }),
  ]);
  if (refused) return false;
  const oauth = auth.oauth.helpers();
  const subjects = auth.keys.macs("oauth-subject", userId);
  await Promise.allSettled(subjects.map((subject) => oauth.revokeGrant(grantId, subject)));
  return true;
}
