/**
 * A database on this machine, made by `openLocalDatabase` only. Stories and development accounts are written to such a
 * database and no other.
 */
export class LocalDatabase {
  readonly #binding: D1Database;
  readonly #publicUrl: string;
  private constructor(binding: D1Database, publicUrl: string) {
    this.#binding = binding;
    this.#publicUrl = publicUrl;
  }

  /** Throws unless the host of `publicUrl` is localhost or a name reserved for tests. */
  static open(binding: D1Database, publicUrl: string): LocalDatabase {
    const { hostname } = new URL(publicUrl);
    if (!isLocalHost(hostname)) throw new Error(`${hostname} is not local: stories and accounts stay on this machine`);
    return new LocalDatabase(binding, publicUrl);
  }

  get binding(): D1Database {
    return this.#binding;
  }

  /** The origin in the links of a story. */
  get publicUrl(): string {
    return this.#publicUrl;
  }
}

/** `publicUrl` is the `PUBLIC_URL` of the server that uses the database. */
export function openLocalDatabase(binding: D1Database, publicUrl: string): LocalDatabase {
  return LocalDatabase.open(binding, publicUrl);
}

/** By RFC 6761 `localhost` and `.test` are never hosts on the internet. */
function isLocalHost(hostname: string): boolean {
  return (
    hostname === "localhost" ||
    hostname.endsWith(".localhost") ||
    hostname.endsWith(".test") ||
    hostname === "127.0.0.1" ||
    hostname === "[::1]"
  );
}
