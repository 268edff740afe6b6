import { and, eq, gt, lt, sql } from "drizzle-orm";
import { BOUNDS, boundGuard, boundOf, type CountedBound, WIDE_NETWORK, windowAt } from "../base/bounds.ts";
import type { Keyring } from "../base/keyring.ts";
import { networksOf } from "../base/network.ts";
import { guardChanged, type Query } from "./database.ts";
import { boundCounts } from "./schema/index.ts";
import type { Store } from "./store.ts";

type Counting = Pick<Store, "db" | "clock">;

/** Longer than any window: counts before it are over. */
const KEPT_MS = 24 * 3_600_000;

const windowStart = (name: CountedBound, now: number): number => windowAt(BOUNDS[name].seconds, now).start;

/**
 * Counts one call under a bound, for a batch that is made anyhow. The batch is aborted by the guard `bound:NAME` when the
 * bound is met: `Limits.refusalOf` reads it. A key that tells of a person or a network is a keyed hash.
 */
export function countUp({ db, clock }: Counting, name: CountedBound, key: string, most = boundOf(name).most): Query[] {
  const row = { windowStartedAt: windowStart(name, clock.now()), bound: name, key, count: 1 };
  return [
    db.build
      .insert(boundCounts)
      .values(row)
      .onConflictDoUpdate({
        target: [boundCounts.windowStartedAt, boundCounts.bound, boundCounts.key],
        set: { count: sql`${boundCounts.count} + 1` },
        setWhere: lt(boundCounts.count, most),
      }),
    guardChanged(db, boundGuard(name)),
  ];
}

/** Takes back one call that was counted in the present window, so that only what is bounded stays counted. */
export function countBack(store: Counting, name: CountedBound, key: string): Query {
  return store.db.build
    .update(boundCounts)
    .set({ count: sql`${boundCounts.count} - 1` })
    .where(and(inWindow(store, name, key), gt(boundCounts.count, 0)));
}

/** `countUp` for the networks of a request: its IPv4 address, or its /64 and its /48. */
export async function countNetworkUp(
  store: Counting & { readonly keyring: Pick<Keyring, "keyedHash"> },
  name: CountedBound,
  request: Request,
): Promise<Query[]> {
  const { narrow, wide } = networksOf(request);
  const keyOf = (network: string) => store.keyring.keyedHash(network, "network");
  return [
    ...countUp(store, name, await keyOf(narrow)),
    ...(wide ? countUp(store, name, await keyOf(wide), WIDE_NETWORK * boundOf(name).most) : []),
  ];
}

/** The count of a key in the present window: one row, or none. */
export function countOf(store: Counting, name: CountedBound, key: string) {
  return store.db.build
    .select({ count: boundCounts.count })
    .from(boundCounts)
    .where(inWindow(store, name, key));
}

function inWindow({ clock }: Counting, name: CountedBound, key: string) {
  return and(
    eq(boundCounts.windowStartedAt, windowStart(name, clock.now())),
    eq(boundCounts.bound, name),
    eq(boundCounts.key, key),
  );
}

/** Deletes the counts of windows that are over. Run by the schedule. */
export function forgetPastCounts({ db }: Pick<Store, "db">, now: number): Query {
  return db.build.delete(boundCounts).where(lt(boundCounts.windowStartedAt, now - KEPT_MS));
}
