import type { Ids } from "../base/ids.ts";
import type { Clock } from "../base/time.ts";
import type { Database } from "./database.ts";
import type { StripeMode } from "./schema/vocabulary.ts";

/** What a query needs: the database, the business, the time, new ids, and the mode that plans are sold in. */
export interface Store {
  readonly db: Database;
  /** The business: the id that leads every key. */
  readonly ownerUserId: string;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Null while plans are not on sale. */
  readonly plansMode: StripeMode | null;
}
