/**
 * A database on this machine. Only `openLocalDatabase` makes one, and stories and development accounts
 * are written to nothing else.
 */
export class LocalDatabase {
  readonly #binding: D1Database;
  readonly #publicUrl: string;
  private constructor(binding: D1Database, publicUrl: string) {
    this.#binding = binding;
    this.#publicUrl = publicUrl;
  }

  /** Throws unless the server that uses the database is reached at localhost or at a name reserved for tests. */
  static open(binding: D1Database, publicUrl: string): LocalDatabase {
    const { hostname } = new URL(publicUrl);
    if (!isLocalHost(hostname)) throw new Error(`${hostname} is not local: stories and accounts stay on this machine`);
    return new LocalDatabase(binding, publicUrl);
  }

  get binding(): D1Database {
    return this.#binding;
  }

  /** The origin that links of a story lead to. */
  get publicUrl(): string {
    return this.#publicUrl;
  }
}

/** `publicUrl` is the PUBLIC_URL of the deployment that the binding belongs to. */
export function openLocalDatabase(binding: D1Database, publicUrl: string): LocalDatabase {
  return LocalDatabase.open(binding, publicUrl);
}

/** RFC 6761 keeps `localhost` and `.test` from ever naming a host on the internet. */
function isLocalHost(hostname: string): boolean {
  return (
    hostname === "localhost" ||
    hostname.endsWith(".localhost") ||
    hostname.endsWith(".test") ||
    hostname === "127.0.0.1" ||
    hostname === "[::1]"
  );
}
