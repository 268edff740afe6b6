import type { Database } from "./db/database.ts";
import type { Keyring } from "./kernel/keyring.ts";
import type { Clock } from "./kernel/time.ts";
import type { Log } from "./log.ts";
import type { StripePort } from "./stripe/client.ts";

/** Ids of ours: a word and a UUID, never in the shape of a provider's. */
export interface Ids {
  next(kind: string): string;
}

/** What a write or resource may use. Nothing else of the Worker is in its reach. */
export interface Context {
  /** The business: the id that leads every key. */
  readonly ownerUserId: string;
  /** Scheme and host that every link of ours is built on. */
  readonly publicUrl: string;
  readonly db: Database;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly keyring: Keyring;
  readonly stripe: StripePort;
  readonly log: Log;
}

export const randomIds: Ids = { next: (kind) => `${kind}-${crypto.randomUUID()}` };
