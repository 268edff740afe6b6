import type { Keyring } from "../base/keyring.ts";
import type { Limits } from "../base/limits.ts";
import type { Log } from "../base/log.ts";
import type { Store } from "../db/store.ts";
import type { Scope } from "../kernel/actor.ts";
import type { Mail } from "../mail/port.ts";
import type { ClientDocuments } from "./client-documents.ts";
import type { Forms } from "./forms.ts";
import type { Keys } from "./keys.ts";
import type { OAuth } from "./oauth.ts";
import type { OneTimeTokens } from "./one-time-tokens.ts";
import type { People } from "./people.ts";
import type { ScopeUses } from "./scope-uses.ts";

/** The parts that the handlers of sign-in and consent work with, built once per isolate. */
export interface AuthContext extends Omit<Store, "maxMode" | "accountBounds"> {
  /** The one origin that links, cookies, issuer and audiences are built on. */
  readonly publicUrl: string;
  /** Whether the owner's authority requires a second factor. */
  readonly ownerNeedsFactor: boolean;
  readonly keys: Keys;
  readonly people: People;
  readonly forms: Forms;
  readonly oauth: OAuth;
  readonly documents: ClientDocuments;
  readonly keyring: Keyring;
  readonly tokens: OneTimeTokens;
  /** Null where this deployment sends no mail. */
  readonly mail: Mail | null;
  readonly log: Log;
  readonly scopeUses: ScopeUses;
  /** The scopes that open anything here. */
  readonly offeredScopes: readonly Scope[];
  /** Bounds on what one caller may cause. */
  readonly limits: Limits;
}
