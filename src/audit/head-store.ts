/** Keeps the latest seal outside of the database, out of reach of an intruder who cuts off the end of the audit there. */
export interface HeadStore {
  latest(ownerUserId: string): Promise<string | undefined>;
  keep(ownerUserId: string, seal: string): Promise<void>;
}

const keyOf = (ownerUserId: string) => `audit-head/${ownerUserId}.jws`;

/** The head store in an R2 bucket. */
export function openHeadStore(bucket: R2Bucket): HeadStore {
  return {
    async latest(ownerUserId) {
      return (await bucket.get(keyOf(ownerUserId)))?.text();
    },
    async keep(ownerUserId, seal) {
      await bucket.put(keyOf(ownerUserId), seal, { httpMetadata: { contentType: "application/jose" } });
    },
  };
}
