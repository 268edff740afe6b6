/** Replaces better-auth's in-memory adapter in the bundle (`[alias]` in wrangler.toml): this server has a database. */
export function memoryAdapter(): never {
  throw new Error("the in-memory adapter is not part of this server");
}
