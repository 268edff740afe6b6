/** Stands in for better-auth's in-memory adapter, which the database here makes unneeded (see `[alias]` in wrangler.toml). */
export function memoryAdapter(): never {
  throw new Error("the in-memory adapter is not part of this server");
}
