import { and, eq, gt, lt, sql } from "drizzle-orm";
import type { Clock } from "../base/time.ts";
import type { Database } from "../db/database.ts";
import { rateLimits } from "../db/schema/people.ts";
import type { TooManyAttempts } from "./faults.ts";
import type { Keys } from "./keys.ts";

/** How many attempts one key has in a minute. */
export interface Limit {
  readonly key: string;
  readonly perMinute: number;
}

/** Counters of attempts in fixed windows of a minute. */
export interface Attempts {
  /**
   * Counts one attempt under every limit, in one statement each, before the attempt is made: guesses that are
   * sent all at once can't slip past a counter that is read first. Answers undefined while every limit holds.
   */
  begin(limits: readonly Limit[]): Promise<TooManyAttempts | undefined>;
  /** Takes an attempt back, so that only failures stay counted. */
  forgive(limits: readonly Limit[]): Promise<void>;
}

const WINDOW = 60_000;

/** The counters, in D1, so that all isolates count together. */
export function openAttempts(db: Database, clock: Clock): Attempts {
  const windowStart = () => Math.floor(clock.now() / WINDOW) * WINDOW;
  return {
    async begin(limits) {
      const now = clock.now();
      const start = windowStart();
      const counts = await db.read(
        Object.fromEntries(
          limits.map(({ key }) => [
            key,
            db.build
              .insert(rateLimits)
              .values({ key, windowStartedAt: start, count: 1 })
              .onConflictDoUpdate({
                target: rateLimits.key,
                set: {
                  count: sql`case when ${rateLimits.windowStartedAt} = ${start} then ${rateLimits.count} + 1 else 1 end`,
                  windowStartedAt: start,
                },
              })
              .returning({ count: rateLimits.count }),
          ]),
        ),
      );
      const used = (limit: Limit) => counts[limit.key]?.[0]?.count ?? Number.POSITIVE_INFINITY;
      // The first attempt of a window deletes the rows of past ones, so the table holds one minute.
      if (limits.some((limit) => used(limit) === 1)) {
        await db.commit([db.build.delete(rateLimits).where(lt(rateLimits.windowStartedAt, start))]);
      }
      if (limits.every((limit) => used(limit) <= limit.perMinute)) return undefined;
      return { kind: "too_many_attempts", retryAfterSeconds: Math.max(1, Math.ceil((start + WINDOW - now) / 1000)) };
    },
    async forgive(limits) {
      const start = windowStart();
      await db.commit(
        limits.map(({ key }) =>
          db.build
            .update(rateLimits)
            .set({ count: sql`${rateLimits.count} - 1` })
            .where(and(eq(rateLimits.key, key), eq(rateLimits.windowStartedAt, start), gt(rateLimits.count, 0))),
        ),
      );
    },
  };
}

/** A keyed hash of the network that a request comes from, for the key of a limit. */
export function networkKey({ keys }: { readonly keys: Keys }, request: Request): string {
  return keys.mac("rate-limit", callerNetwork(request));
}

/** The network that a request comes from. An IPv6 customer holds a whole /64, so that much counts as one caller. */
export function callerNetwork(request: Request): string {
  const address = request.headers.get("CF-Connecting-IP") ?? "local";
  if (!address.includes(":")) return address;
  const [head = "", tail = ""] = address.toLowerCase().split("::");
  const left = head.split(":").filter(Boolean);
  const right = tail.split(":").filter(Boolean);
  const zeros = Array<string>(Math.max(0, 8 - left.length - right.length)).fill("0");
  return [...left, ...zeros, ...right].slice(0, 4).join(":");
}
