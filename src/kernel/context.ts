import type { Keyring } from "../base/keyring.ts";
import type { Log } from "../base/log.ts";
import type { Clock } from "../base/time.ts";
import type { ApprovalRow } from "../db/approvals.ts";
import type { Database } from "../db/database.ts";
import type { StripeMode, StripePort } from "../stripe/client.ts";
import type { Actor } from "./actor.ts";
import type { Obstacle } from "./approval-obstacles.ts";
import type { AssetStore } from "./asset-store.ts";

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
  /** Private files of products: they go in and never come out. */
  readonly assets: AssetStore;
  /** The mode that plans are sold in; null while none is set. */
  readonly plansMode: StripeMode | null;
  readonly log: Log;
  /** What stands in the way of approvals that wait, by their ids, as things stand now. One round trip. */
  obstaclesTo(waiting: readonly ApprovalRow[]): Promise<ReadonlyMap<string, Obstacle>>;
  /** Reads a resource by its URI. Throws what reading it throws. */
  readResource(uri: string, actor: Actor | null): Promise<Record<string, unknown>>;
}

export const randomIds: Ids = { next: (kind) => `${kind}-${crypto.randomUUID()}` };
