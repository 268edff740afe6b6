import {
  BOUNDS,
  type Bound,
  type BoundByBinding,
  type BoundName,
  boundOf,
  boundOfGuard,
  WIDE_NETWORK,
  windowAt,
} from "./bounds.ts";
import { networksOf } from "./network.ts";
import { Problem } from "./problem.ts";
import type { Clock } from "./time.ts";
import { waitText } from "./wait-text.ts";

/** Holds callers to their bounds (`bounds.ts`), and notes for the owner which bound was met. */
export interface Limits {
  /** Counts one call under a bound of a minute, without a round trip to D1. Throws `rate_limited`. */
  check(name: BoundByBinding, key: string): Promise<void>;
  /** `check` for the networks of a request. */
  checkNetwork(name: BoundByBinding, request: Request): Promise<void>;
  /** `check` for one call of a tool, a resource or the API. */
  actor(actorId: string): Promise<void>;
  /** `checkNetwork` for doors that ask for no sign-in. */
  visitor(request: Request): Promise<void>;
  /** The refusal of a batch that the guard of a bound aborted; undefined for another guard and for none. */
  refusalOf(guard: string | undefined): Promise<Problem | undefined>;
  /** The refusal of a caller who met a bound, noted for the owner. */
  refuse(name: BoundName, detail?: string): Promise<Problem>;
}

/** A bound is noted once in this time by one isolate: a flood of calls must not become a flood of rows. */
const NOTE_EVERY_MS = 60_000;

/** Opens the counters. `bindings` are Cloudflare's `ratelimits`; `note` stores that a bound was met. */
export function createLimits(parts: {
  readonly bindings: Readonly<Record<string, unknown>>;
  readonly clock: Clock;
  readonly note: (name: BoundName) => Promise<void>;
}): Limits {
  const { bindings, clock, note } = parts;
  const noted = new Map<BoundName, number>();
  const refuse = async (name: BoundName, detail?: string) => {
    const now = clock.now();
    if (Math.abs(now - (noted.get(name) ?? Number.NEGATIVE_INFINITY)) >= NOTE_EVERY_MS) {
      noted.set(name, now);
      await note(name);
    }
    return refusal(boundOf(name), now, detail);
  };
  const check = async (name: BoundByBinding, key: string) => {
    const { binding } = BOUNDS[name];
    if (!(await (bindings[binding] as RateLimit).limit({ key })).success) throw await refuse(name);
  };
  const checkNetwork = async (name: BoundByBinding, request: Request) => {
    const { narrow, wide } = networksOf(request);
    await check(name, narrow);
    // A binding has one number. The /48 has as many counts as it may have times that number.
    if (wide) await check(name, `${wide} ${shardOf(narrow)}`);
  };
  return {
    check,
    checkNetwork,
    actor: (actorId) => check("callsAnAccount", actorId),
    visitor: (request) => checkNetwork("visits", request),
    async refusalOf(guard) {
      const name = guard === undefined ? undefined : boundOfGuard(guard);
      return name && refuse(name);
    },
    refuse,
  };
}

/** The part of a /48 that a /64 is counted in. */
function shardOf(network: string): number {
  let sum = 0;
  for (const character of network) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 65_521;
  return sum % WIDE_NETWORK;
}

function refusal({ seconds, binding }: Bound, now: number, detail?: string): Problem {
  // Cloudflare tells no end of its window.
  const wait = seconds === null || binding ? (seconds ?? 60) : Math.ceil((windowAt(seconds, now).end - now) / 1000);
  return new Problem("rate_limited", {
    detail: detail ?? `Wait ${waitText(wait)}, then repeat the call unchanged.`,
    retryAfterSeconds: wait,
  });
}
