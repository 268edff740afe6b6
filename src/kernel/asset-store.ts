/** A file as it was announced. The key is private: no answer holds it. */
export interface AnnouncedObject {
  readonly key: string;
  readonly byteCount: number;
  /** 64 hexadecimal digits. */
  readonly sha256: string;
  readonly contentType: string;
}

/** Private files. The port has no read: no body can be delivered through it. */
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
    async holds({ key, byteCount, sha256 }) {
      const found = await bucket.head(key);
      return found !== null && found.size === byteCount && found.checksums.toJSON().sha256 === sha256;
    },
    async remove(keys) {
      if (keys.length > 0) await bucket.delete([...keys]);
    },
  };
}
