/** A real KV binding that counts its calls. */
interface WatchedStore {
  readonly binding: KVNamespace;
  /** Reads since the last reset. */
  reads(): number;
  /** Writes and deletions since the last reset. */
  writes(): number;
  reset(): void;
}

const READS = new Set<PropertyKey>(["get", "getWithMetadata", "list"]);

/** Wraps the binding, never the data. */
export function watchStore(real: KVNamespace): WatchedStore {
  let reads = 0;
  let writes = 0;
  const binding = new Proxy(real, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property, target);
      if (typeof member !== "function") return member;
      return (...args: unknown[]) => {
        if (READS.has(property)) reads += 1;
        else writes += 1;
        return Reflect.apply(member, target, args);
      };
    },
  });
  return {
    binding,
    reads: () => reads,
    writes: () => writes,
    reset() {
      reads = 0;
      writes = 0;
    },
  };
}
