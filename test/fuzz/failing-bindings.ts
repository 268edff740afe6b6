import type { World } from "../support/world.ts";

/** What an error of the platform may say, and no answer of ours: a path, SQL, a stack and a key. */
const INSIDE =
  "lost at /src/db/store.ts:12:7: SELECT * FROM operations -- sk_test_000000000000000000000000\n    at run (file:///src/x.ts:1:2)";

/**
 * The token store and the store of files, whose calls are counted together. The call with a number fails before it
 * arrives or with its answer lost; the error is full of what must not be told.
 */
export function failingBindings({ OAUTH_KV, PRODUCT_ASSETS }: World["bindings"]) {
  let calls = 0;
  let fails: { readonly at: number; readonly after: boolean } | undefined;
  const watched = <T extends object>(real: T): T =>
    new Proxy(real, {
      get(target, property) {
        const member: unknown = Reflect.get(target, property, target);
        if (typeof member !== "function") return member;
        return async (...args: unknown[]) => {
          const number = ++calls;
          if (fails?.at === number && !fails.after) throw new Error(INSIDE);
          const answer: unknown = await Reflect.apply(member, target, args);
          if (fails?.at === number && fails.after) throw new Error(INSIDE);
          return answer;
        };
      },
    });
  return {
    overrides: { OAUTH_KV: watched(OAUTH_KV), PRODUCT_ASSETS: watched(PRODUCT_ASSETS) },
    /** Calls since the last failure was set. */
    calls: () => calls,
    fail(at?: number, after = false): void {
      calls = 0;
      fails = at === undefined ? undefined : { at, after };
    },
  };
}
