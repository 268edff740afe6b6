import { type SQL, sql } from "drizzle-orm";

/** Ids as one bound value, for `IN`: a statement of D1 has at most 100 of them. */
export const idsAmong = (ids: readonly string[]): SQL => sql`(SELECT value FROM json_each(${JSON.stringify(ids)}))`;
