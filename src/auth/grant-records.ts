import type { Clock } from "../base/time.ts";
import type { Database } from "../db/database.ts";
import { forgetGrant, type KeptRecord, recordOf } from "../db/grant-records.ts";
import { markRevoked } from "./grants.ts";
import type { GrantRecords } from "./token-store.ts";

/** The records of one request, with the record that the library wrote. */
export interface RequestRecords extends GrantRecords {
  /** The record that is to be committed; undefined where the library wrote none. */
  written(): KeptRecord | undefined;
}

/** Parts that records are read and ended with. */
interface RecordStore {
  readonly db: Database;
  readonly ownerUserId: string;
  readonly clock: Clock;
}

/**
 * The grants' records for one request. `seen` is a record that the request has read, so that D1 is not asked again;
 * `rehearsal` keeps nothing of what the library writes: the request is checked, and another answer is given.
 */
export function openRecords(
  store: RecordStore,
  given: { readonly seen?: { readonly recordJson: string | undefined }; readonly rehearsal?: boolean } = {},
): RequestRecords {
  const { db, clock } = store;
  let written: KeptRecord | undefined;
  return {
    async find(grantId) {
      if (given.seen) return given.seen.recordJson;
      const { records } = await db.read({ records: recordOf(db, grantId, clock.now()) });
      return records[0]?.recordJson;
    },
    keep(grantId, recordJson, seconds) {
      if (!given.rehearsal) {
        written = { grantId, recordJson: withoutPrevious(recordJson), expiresAt: clock.now() + seconds * 1000 };
      }
    },
    keepsTokens: !given.rehearsal,
    end: (grantId) => db.commit([...forgetGrant(db, grantId), ...markRevoked(store, { grantId, at: clock.now() })]),
    written: () => written,
  };
}

/**
 * The library takes the refresh token before the present one for as long as the present one is unused. Ours is taken again
 * for a minute, with the same answer, and ends the grant afterwards.
 */
function withoutPrevious(recordJson: string): string {
  const record = JSON.parse(recordJson) as Record<string, unknown>;
  delete record.previousRefreshTokenId;
  delete record.previousRefreshTokenWrappedKey;
  return JSON.stringify(record);
}
