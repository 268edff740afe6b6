import { overlaid } from "./overlaid-store.ts";
import { isRegistration, type RegisteredClients } from "./registered-clients.ts";

/** The binding of the token store, under the name that the OAuth library reads. */
export interface OAuthEnv {
  readonly OAUTH_KV: KVNamespace;
  /** The grant that the request's code or token names, where the request has read it. */
  readonly standing?: GrantStanding | undefined;
}

/** A grant's row in D1, as far as a token of it depends on the row. */
export interface GrantStanding {
  readonly userId: string;
  readonly scopes: string;
  readonly revokedAt: number | null;
}

/** The grants' records as one request sees and changes them. They are in D1, whatever the library's layout says. */
export interface GrantRecords {
  /** The record in force; undefined for a grant that has none. */
  find(grantId: string): Promise<string | undefined>;
  /** Takes a record that the library writes, with the seconds that it stays. */
  keep(grantId: string, recordJson: string, seconds: number): void;
  /** Whether an access token of the grant is stored. */
  readonly keepsTokens: boolean;
  /** Ends the grant, before the library deletes it or one of its tokens. */
  end(grantId: string): Promise<void>;
}

/**
 * The token store as the library sees it. Three things differ from KV: records of grants are D1's, so that of two uses of
 * a code one wins and no read is late; a grant is ended in D1 before the library deletes it or one of its tokens
 * (RFC 7009), for which it has no hook; a registration ends where no consent follows.
 */
export function watchedStore(store: KVNamespace, records: GrantRecords, clients: RegisteredClients): KVNamespace {
  const ended = new Set<string>();
  const own = {
    async get(key: string, ...options: [{ type: "json" }]) {
      const grant = grantOfKey(key);
      if (grant?.kind !== "grant") return store.get(key, ...options);
      const record = await records.find(grant.id);
      const found: unknown = record === undefined ? null : JSON.parse(record);
      // The key of a record names its subject, which the caller's token claims.
      return subjectOf(found) === grant.subject ? found : null;
    },
    async put(key: string, value: string, options: KVNamespacePutOptions = {}) {
      const grant = grantOfKey(key);
      if (isRegistration(key)) await store.put(key, value, clients.begin());
      else if (grant?.kind === "grant") records.keep(grant.id, value, secondsOf(options));
      else if (grant === undefined || records.keepsTokens) await store.put(key, value, options);
    },
    async delete(key: string) {
      const grant = grantOfKey(key);
      if (grant && !ended.has(grant.id)) {
        await records.end(grant.id);
        ended.add(grant.id);
      }
      if (grant?.kind !== "grant") await store.delete(key);
    },
  };
  return overlaid(store, own);
}

/** Keys are `grant:{subject}:{grant}` and `token:{subject}:{grant}:{token hash}` in the library's layout. */
function grantOfKey(key: string): { kind: "grant" | "token"; subject: string; id: string } | undefined {
  const [kind, subject = "", id = ""] = key.split(":");
  return kind === "grant" || kind === "token" ? { kind, subject, id } : undefined;
}

function subjectOf(record: unknown): unknown {
  return typeof record === "object" && record !== null && "userId" in record ? record.userId : undefined;
}

/** The library gives a time to live for a code, and an end, by its own clock, for a connection. */
function secondsOf({ expiration, expirationTtl }: KVNamespacePutOptions): number {
  const seconds = expirationTtl ?? (expiration === undefined ? undefined : expiration - Math.floor(Date.now() / 1000));
  if (seconds === undefined) throw new Error("the library keeps a grant without an end");
  return seconds;
}

/** The grant id in a code or token of the library's: `{subject}:{grant}:{secret}`. Unverified. */
export function grantIdOfToken(token: string): string | undefined {
  const parts = token.split(":");
  return parts.length === 3 ? parts[1] : undefined;
}
