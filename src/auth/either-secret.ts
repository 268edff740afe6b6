import { overlaid } from "./overlaid-store.ts";

/**
 * The token store, in which every client with a secret may send it either way (RFC 6749 section 2.3.1), whatever it
 * registered: agents register one method and use the other. The library takes both from a client that named no method,
 * which it tells by this mark on the record.
 */
export function withEitherSecret(store: KVNamespace): KVNamespace {
  const get = async (...key: unknown[]) => {
    const value = await (store.get as (...args: unknown[]) => Promise<unknown>).apply(store, key);
    if (typeof value !== "object" || value === null || !("authMethodExplicit" in value)) return value;
    return { ...value, authMethodExplicit: undefined };
  };
  return overlaid(store, { get });
}
