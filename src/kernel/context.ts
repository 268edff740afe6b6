import type { Keyring } from "../base/keyring.ts";
import type { Log } from "../base/log.ts";
import type { ApprovalRow } from "../db/approvals.ts";
import type { Store } from "../db/store.ts";
import type { StripePort } from "../stripe/client.ts";
import type { Actor } from "./actor.ts";
import type { Obstacle } from "./approval-obstacles.ts";
import type { AssetStore } from "./asset-store.ts";

/** What a write or resource may use. It reaches no other part of the Worker. */
export interface Context extends Store {
  /** Scheme and host that every link of ours is built on. */
  readonly publicUrl: string;
  readonly keyring: Keyring;
  readonly stripe: StripePort;
  /** Private files of products: they go in and never come out. */
  readonly assets: AssetStore;
  readonly log: Log;
  /** The obstacles to waiting approvals, by their ids. One round trip. */
  obstaclesTo(waiting: readonly ApprovalRow[]): Promise<ReadonlyMap<string, Obstacle>>;
  /** Reads a resource by its URI. Throws what reading it throws. */
  readResource(uri: string, actor: Actor | null): Promise<Record<string, unknown>>;
}
