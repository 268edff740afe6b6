import { z } from "zod";
import { ERROR_TYPES } from "./errors.ts";

/*
 * Faults on request. A fault applies `times` times to calls, deliveries or events that match it; the oldest fault applies first.
 *
 * target `api`, matched by `path`, the call as `METHOD /v1/…/:id` (left out: any call):
 *
 * | kind                    | acts     | stored under the key | what the caller sees                            |
 * |-------------------------|----------|----------------------|-------------------------------------------------|
 * | `fail_before`           | no       | nothing              | 500                                             |
 * | `drop_connection_before`| no       | nothing              | a reset before any answer; stripe-node repeats such a call once by itself |
 * | `stored_500`            | no       | the 500              | 500                                             |
 * | `stored_500_after`      | yes      | the 500              | 500                                             |
 * | `fail_after`            | yes      | the true answer      | 500                                             |
 * | `cut_body`              | yes      | the true answer      | its status and half of its body, then a reset   |
 * | `drop_connection_after` | yes      | the true answer      | a reset before any answer; stripe-node repeats such a call once by itself |
 * | `status`                | no       | if `stored`          | `status` with `type`, `code`, `param`, `message`|
 * | `delay`                 | yes      | the true answer      | the true answer; in flight for `ms` before      |
 * | `delay_after`           | yes      | the true answer      | the true answer, `ms` late                      |
 * | `hold`                  | yes      | the true answer      | the true answer; in flight until faults are cleared |
 * | `hold_after`            | yes      | the true answer      | the true answer, once faults are cleared        |
 *
 * target `delivery`, matched by the event's `type`:
 *
 * | kind          | the receiver sees                                         | the sandbox then                       |
 * |---------------|-----------------------------------------------------------|----------------------------------------|
 * | `drop`        | nothing                                                   | never sends it                         |
 * | `unreachable` | nothing                                                   | tries again later                      |
 * | `answer_lost` | the event                                                 | sends it again later                   |
 * | `repeat`      | the event, `copies` times in all (2 when left out)        | is done                                |
 * | `reorder`     | the event, after all other waiting ones                   | is done                                |
 *
 * target `event`, matched by the event's `type`: `never_generated`: the object changes, and its event is neither listed nor sent.
 */

const times = z.int().min(1).max(1000).default(1);
const milliseconds = z.int().min(0).max(120_000);

const apiFault = z.strictObject({
  target: z.literal("api"),
  path: z.string().optional(),
  times,
  kind: z.enum([
    "fail_before",
    "drop_connection_before",
    "stored_500",
    "stored_500_after",
    "fail_after",
    "cut_body",
    "drop_connection_after",
    "status",
    "delay",
    "delay_after",
    "hold",
    "hold_after",
  ]),
  /** For `status`. */
  status: z.int().min(400).max(599).optional(),
  code: z.string().optional(),
  param: z.string().optional(),
  message: z.string().optional(),
  type: z.enum(ERROR_TYPES).optional(),
  stored: z.boolean().optional(),
  /** For `delay` and `delay_after`. */
  ms: milliseconds.optional(),
});

const deliveryFault = z.strictObject({
  target: z.literal("delivery"),
  type: z.string().optional(),
  times,
  kind: z.enum(["drop", "unreachable", "answer_lost", "repeat", "reorder"]),
  /** For `repeat`. */
  copies: z.int().min(2).max(100).optional(),
});

const eventFault = z.strictObject({
  target: z.literal("event"),
  type: z.string().optional(),
  times,
  kind: z.literal("never_generated"),
});

/** A fault as the control API takes it. */
export const faultRequest = z.discriminatedUnion("target", [apiFault, deliveryFault, eventFault]);

/** A fault as a client sends it: `times` may be left out. */
export type FaultRequest = z.input<typeof faultRequest>;
/** A fault of one target, as it is stored. */
export type Fault<T extends "api" | "delivery" | "event"> = Extract<z.output<typeof faultRequest>, { target: T }>;

/** Adds a fault; older ones apply first. */
export async function addFault(db: D1Database, fault: z.output<typeof faultRequest>): Promise<void> {
  const match = (fault.target === "api" ? fault.path : fault.type) ?? null;
  await db
    .prepare("INSERT INTO faults (target, match, remaining, fault) VALUES (?, ?, ?, ?)")
    .bind(fault.target, match, fault.times, JSON.stringify(fault))
    .run();
}

/** Removes all faults; calls that one holds go on. */
export async function clearFaults(db: D1Database): Promise<void> {
  await db.prepare("DELETE FROM faults").run();
}

/** Claims one application of the oldest fault that matches `what`; null when no fault does. The claim is atomic. */
export async function takeFault<T extends "api" | "delivery" | "event">(
  db: D1Database,
  target: T,
  what: string,
): Promise<Fault<T> | null> {
  const row = await db
    .prepare(
      `UPDATE faults SET remaining = remaining - 1 WHERE position =
         (SELECT position FROM faults WHERE target = ? AND remaining > 0 AND (match IS NULL OR match = ?) ORDER BY position LIMIT 1)
       RETURNING fault`,
    )
    .bind(target, what)
    .first<{ fault: string }>();
  return row && asFault<T>(row.fault);
}

/** Waits until all faults are removed, for two minutes at most. */
export async function untilCleared(db: D1Database): Promise<void> {
  for (let look = 0; look < 6000; look++) {
    const row = await db.prepare("SELECT COUNT(*) AS faults FROM faults").first<{ faults: number }>();
    if (row?.faults === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The cast holds: only `addFault` writes rows, and the caller selected by target. */
function asFault<T extends "api" | "delivery" | "event">(text: string): Fault<T> {
  return JSON.parse(text) as Fault<T>;
}
