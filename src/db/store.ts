import type { AccountBounds } from "../base/bounds.ts";
import type { Ids } from "../base/ids.ts";
import type { Clock } from "../base/time.ts";
import type { Database } from "./database.ts";
import type { StripeMode } from "./schema/vocabulary.ts";

/** What a query needs: the database, the business, the time, new ids, and the most that the deployment may do. */
export interface Store {
  readonly db: Database;
  /** The business: the id that leads every key. */
  readonly ownerUserId: string;
  readonly clock: Clock;
  readonly ids: Ids;
  /** The mode that sales may have at most; null, where no setting names it, allows sandbox offers and no plan. */
  readonly maxMode: StripeMode | null;
  /** How much one account may start. Tests raise it, where one account of theirs does the work of many. */
  readonly accountBounds: AccountBounds;
}

/** A database and the business in it: a store without what differs between calls. */
export type OwnedDatabase = Pick<Store, "db" | "ownerUserId">;
