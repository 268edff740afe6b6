/** The binding of the token store, under the name that the OAuth library reads. */
export interface OAuthEnv {
  readonly OAUTH_KV: KVNamespace;
}

/**
 * The token store, which reports a grant before the library deletes the grant or one of its tokens.
 * The library deletes on revocation (RFC 7009), on a replayed code and on clean-up, without a hook for any of them, and KV
 * may serve a deleted token for a minute more. The report lets D1 end the grant, so that a revocation counts at once.
 */
export function watchedStore(store: KVNamespace, onGrantEnding: (grantId: string) => Promise<void>): KVNamespace {
  const reported = new Set<string>();
  const deleteReported = async (key: string) => {
    const grantId = grantIdOfKey(key);
    if (grantId && !reported.has(grantId)) {
      await onGrantEnding(grantId);
      reported.add(grantId);
    }
    await store.delete(key);
  };
  return new Proxy(store, {
    get(target, property) {
      if (property === "delete") return deleteReported;
      const value: unknown = Reflect.get(target, property);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** Keys are `grant:{subject}:{grant}` and `token:{subject}:{grant}:{token hash}` in the library's layout. */
function grantIdOfKey(key: string): string | undefined {
  const [kind, , grantId] = key.split(":");
  return kind === "grant" || kind === "token" ? grantId : undefined;
}

/** The grant id in a code or token of the library's: `{subject}:{grant}:{secret}`. Unverified. */
export function grantIdOfToken(token: string): string | undefined {
  const parts = token.split(":");
  return parts.length === 3 ? parts[1] : undefined;
}
