import { Problem } from "./problem.ts";

/** How often one actor or visitor may call. The numbers stand in wrangler.toml; the counting is Cloudflare's. */
export interface Limits {
  /** Throws `rate_limited`. 50 calls at once and 300 a minute are normal. */
  actor(actorId: string): Promise<void>;
  /** Throws `rate_limited`; for doors that ask for no sign-in. */
  visitor(request: Request): Promise<void>;
}

const WINDOW_SECONDS = 60;

/** The counters as Cloudflare binds them. */
interface LimitBindings {
  readonly ACTOR_LIMIT: RateLimit;
  readonly VISITOR_LIMIT: RateLimit;
}

export function createLimits({ ACTOR_LIMIT, VISITOR_LIMIT }: LimitBindings): Limits {
  const check = async (limit: RateLimit, key: string) => {
    if ((await limit.limit({ key })).success) return;
    throw new Problem("rate_limited", {
      detail: `Wait ${WINDOW_SECONDS} seconds, then repeat the call unchanged.`,
      retryAfterSeconds: WINDOW_SECONDS,
    });
  };
  return {
    actor: (actorId) => check(ACTOR_LIMIT, actorId),
    visitor: (request) => check(VISITOR_LIMIT, request.headers.get("CF-Connecting-IP") ?? "unknown"),
  };
}
