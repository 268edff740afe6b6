import type { Keyring } from "../base/keyring.ts";
import type { Limits } from "../base/limits.ts";
import type { Log } from "../base/log.ts";
import type { ApprovalRow } from "../db/approvals.ts";
import type { Store } from "../db/store.ts";
import type { Mail } from "../mail/port.ts";
import type { StripePort } from "../stripe/client.ts";
import type { Actor } from "./actor.ts";
import type { Obstacle } from "./approval-obstacles.ts";
import type { AssetStore } from "./asset-store.ts";
import type { ConfirmedWrite } from "./confirmed-write.ts";
import type { Parts } from "./parts.ts";
import type { PublicReader } from "./public-document.ts";

/** All that a write or resource may use of the Worker. */
export interface Context extends Store {
  /** Scheme and host that every link of ours is built on. */
  readonly publicUrl: string;
  /** The parts that the business uses; of any other part there is no tool, resource, page or section. */
  readonly parts: Parts;
  readonly keyring: Keyring;
  readonly stripe: StripePort;
  /** Private files of products. Their bodies are read for the holder of an entitlement alone. */
  readonly assets: AssetStore;
  /** How this deployment sends mail; null where it sends none. Rooms queue a mail, and do not send it. */
  readonly mail: Mail | null;
  readonly log: Log;
  /** Bounds on what one caller may cause. */
  readonly limits: Limits;
  /**
   * The write with this name, also of a part that the business no longer uses: stored operations name it. Undefined for one
   * that this version of the server does not have.
   */
  findWrite(name: string): ConfirmedWrite | undefined;
  /** The obstacles to waiting approvals, by approval id. One round trip. */
  obstaclesTo(waiting: readonly ApprovalRow[]): Promise<ReadonlyMap<string, Obstacle>>;
  /** Reads a resource from the database for a signed-in actor, with the Problems of `readResource`. */
  readResource(uri: string, actor: Actor): Promise<Record<string, unknown>>;
  /** Reads a public resource; the document may be up to `PUBLIC_TTL_MS` old. */
  readonly readPublic: PublicReader;
}
