import type { Hono } from "hono";
import { randomIds } from "../base/ids.ts";
import type { Keyring } from "../base/keyring.ts";
import type { Limits } from "../base/limits.ts";
import type { Log } from "../base/log.ts";
import type { Clock } from "../base/time.ts";
import type { Database, Query } from "../db/database.ts";
import type { Scope } from "../kernel/actor.ts";
import type { Mail } from "../mail/port.ts";
import { openClientDocuments } from "./client-documents.ts";
import {
  type ConnectedClient,
  changeGrantLimits,
  type LimitsChange,
  listGrants,
  type Revocation,
  revokeGrant,
} from "./connected-clients.ts";
import type { AuthContext } from "./context.ts";
import { erasing, forgetTokens } from "./erasure.ts";
import { findFactors, hasFactor } from "./factors.ts";
import { type Forms, openForms } from "./forms.ts";
import type { Keys } from "./keys.ts";
import { openOAuth, type ResourceName } from "./oauth.ts";
import { openOneTimeTokens } from "./one-time-tokens.ts";
import { acceptedForm } from "./pages.tsx";
import { patientStore } from "./patient-store.ts";
import { findPerson, openPeople, type Person } from "./people.ts";
import { bearerPrincipal, invalidToken, type Principal } from "./principal.ts";
import { addAuthRoutes } from "./routes.ts";
import { offeredScopes, type ScopeUses } from "./scope-uses.ts";
import { findSignUpPolicy, invitePerson, type SignUpPolicy, setSignUpPolicy } from "./sign-up-policy.ts";
import { type Passkey, passkeysOf } from "./webauthn.ts";

/** Sign-in and OAuth for the other rooms: the person or app behind a request, and what they may do. */
export interface Auth {
  /** The scopes that open anything here. */
  readonly offeredScopes: readonly Scope[];
  /** Adds the routes of sign-in, consent, OAuth and its metadata. */
  addRoutes(app: Hono): void;
  /** The principal of a request with a bearer token, or the challenge. `bearerPrincipal` says what the caller still checks. */
  bearer(request: Request, resource: ResourceName, context: ExecutionContext): Promise<Principal | Response>;
  /** The 401 for a principal that `assertGrant` refused. */
  invalidToken(request: Request, resource: ResourceName, context: ExecutionContext): Promise<Response>;
  /** The person who is signed in in this browser. */
  session(request: Request): Promise<Person | undefined>;
  /** The signed-in person, if their session has the owner's authority. */
  ownerSession(request: Request): Promise<Person | undefined>;
  /** Tokens for the forms of other pages. */
  readonly forms: Forms;
  /** The fields of a form that was shown to this person; for any other form the page that refuses it. */
  acceptedForm(request: Request, person: Person): Promise<URLSearchParams | Response>;
  /** Whether a person has an authenticator app or a passkey. */
  hasSecondFactor(userId: string): Promise<boolean>;
  /** A person's passkeys, the newest first. */
  passkeys(userId: string): Promise<readonly Passkey[]>;
  /** The sign-up policy and invitations, for the owner's console. */
  readonly signUps: {
    policy(): Promise<SignUpPolicy>;
    setPolicy(policy: SignUpPolicy): Promise<void>;
    /** Makes an invitation, mails it where mail is sent, and answers its link. */
    invite(email: string): Promise<string>;
    readonly mailed: boolean;
  };
  /** Sign-in's part of erasing a person. The rest of the batch is the caller's. */
  readonly erasure: {
    erasing(person: Parameters<typeof erasing>[1]): Query[];
    forgetTokens(userId: string): Promise<void>;
  };
  revokeGrant(revocation: Revocation): Promise<boolean>;
  /** The connected apps of a person, the newest first. */
  listGrants(userId: string): Promise<ConnectedClient[]>;
  /** Undefined when the limits are changed, else the guard that refused. */
  changeLimits(change: LimitsChange): Promise<string | undefined>;
}

/** Wires sign-in and OAuth, once per isolate. */
export function createAuth(parts: {
  /** The one origin that links, cookies, issuer and audiences are built on. */
  readonly publicUrl: string;
  readonly ownerUserId: string;
  /** Whether the owner's authority requires a second factor. */
  readonly ownerNeedsFactor: boolean;
  readonly db: Database;
  /** Where the OAuth library keeps clients, grants and tokens. */
  readonly tokenStore: KVNamespace;
  readonly keys: Keys;
  readonly keyring: Keyring;
  /** Null where this deployment sends no mail. */
  readonly mail: Mail | null;
  readonly clock: Clock;
  readonly log: Log;
  readonly scopeUses: ScopeUses;
  /** Whether a client may be known by a metadata document, which this server then fetches. */
  readonly clientMetadataDocuments: boolean;
  readonly limits: Limits;
}): Auth {
  const { tokenStore, clientMetadataDocuments, ...shared } = parts;
  const { publicUrl, ownerUserId, db, keys, clock, log } = shared;
  const offered = offeredScopes(shared.scopeUses);
  const auth: AuthContext = {
    ...shared,
    offeredScopes: offered,
    ids: randomIds,
    people: openPeople({ publicUrl, db, keys }),
    forms: openForms(keys, publicUrl),
    oauth: openOAuth({ offered, publicUrl, ownerUserId, store: tokenStore, db, clock, log, clientMetadataDocuments }),
    documents: openClientDocuments({ ...shared, store: patientStore(tokenStore) }),
    tokens: openOneTimeTokens(db, clock),
  };
  const session = (request: Request) => findPerson(auth, request);

  return {
    offeredScopes: offered,
    addRoutes: (app) => addAuthRoutes(app, auth, tokenStore),
    bearer: (request, resource, context) => bearerPrincipal(auth, request, resource, context),
    invalidToken: (request, resource, context) => invalidToken(auth, request, resource, context),
    session,
    async ownerSession(request) {
      const person = await session(request);
      return person?.isOwner ? person : undefined;
    },
    forms: auth.forms,
    acceptedForm: (request, person) => acceptedForm(auth, request, { session: person }),
    hasSecondFactor: async (userId) => hasFactor(await findFactors(auth, userId)),
    passkeys: async (userId) => (await db.read({ keys: passkeysOf(db, userId) })).keys,
    signUps: {
      policy: () => findSignUpPolicy(auth),
      setPolicy: (policy) => setSignUpPolicy(auth, policy),
      invite: (email) => invitePerson(auth, email),
      mailed: auth.mail !== null,
    },
    erasure: {
      erasing: (person) => erasing(auth, person),
      forgetTokens: (userId) => forgetTokens(auth, userId),
    },
    revokeGrant: (revocation) => revokeGrant(auth, revocation),
    listGrants: (userId) => listGrants(auth, userId),
    changeLimits: (change) => changeGrantLimits(auth, change),
  };
}
