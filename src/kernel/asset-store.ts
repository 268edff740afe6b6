/** A file as it was announced. The key is private: no answer holds it. */
export interface AnnouncedObject {
  readonly key: string;
  readonly byteCount: number;
  /** 64 hexadecimal digits. */
  readonly sha256: string;
  readonly contentType: string;
}

/** A part of a file: `length` bytes from `offset` on. */
export interface BytePart {
  readonly offset: number;
  readonly length: number;
}

/** Private files. A body is read for the holder of an entitlement alone (`src/commerce/delivery/`). */
export interface AssetStore {
  /**
   * Stores a body under its key, once, and only if it has the announced digest; the store hashes it on the way.
   * `taken`: the key has a file, which stays. Throws when the outcome is unknown.
   */
  put(
    object: AnnouncedObject,
    body: ReadableStream<Uint8Array> | Uint8Array,
  ): Promise<"stored" | "taken" | "digest_differs">;
  /** Whether the key has a file of the announced length and digest. */
  holds(object: AnnouncedObject): Promise<boolean>;
  /**
   * The body of a file, or a part of it, as a stream. Undefined where the key has no file of the announced length and
   * digest: another body is never handed out under this one's name.
   */
  read(object: AnnouncedObject, part?: BytePart): Promise<ReadableStream<Uint8Array> | undefined>;
  /** Removes the files under the keys; a key without a file is no fault. */
  remove(keys: readonly string[]): Promise<void>;
}

/** R2's code for a body that has another digest than was given (R2 Workers API, error codes). */
const BAD_DIGEST = "(10037)";

/** The asset store in an R2 bucket. */
export function openAssetStore(bucket: R2Bucket): AssetStore {
  return {
    async put({ key, sha256, contentType }, body) {
      try {
        const stored = await bucket.put(key, body, {
          sha256,
          httpMetadata: { contentType },
          onlyIf: new Headers({ "If-None-Match": "*" }),
        });
        return stored ? "stored" : "taken";
      } catch (error) {
        if (error instanceof Error && error.message.includes(BAD_DIGEST)) return "digest_differs";
        throw error;
      }
    },
    async holds(object) {
      const found = await bucket.head(object.key);
      return found !== null && isAnnounced(found, object);
    },
    async read(object, part) {
      // The part is inside the file: R2 throws for one that is not (10039), and keeps a part that it cuts to itself.
      const found = await bucket.get(object.key, part && { range: { ...part } });
      if (!found) return undefined;
      if (isAnnounced(found, object)) return found.body;
      await found.body.cancel();
      return undefined;
    },
    async remove(keys) {
      if (keys.length > 0) await bucket.delete([...keys]);
    },
  };
}

/** Whether an object of the bucket has the announced length and digest; R2 tells both of the whole object, also for a part. */
function isAnnounced(found: R2Object, { byteCount, sha256 }: AnnouncedObject): boolean {
  return found.size === byteCount && found.checksums.toJSON().sha256 === sha256;
}
