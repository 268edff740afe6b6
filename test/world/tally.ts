import { tell } from "../support/tell.ts";
import type { Faults } from "./boundaries.ts";
import { INVARIANTS } from "./invariants/index.ts";
import { factsOf } from "./invariants/same-end.ts";
import type { Played } from "./simulator.ts";

/** Two buyers with three apps and three browsers, the owner's agent and browser, payers, Stripe, and the schedule. */
const ACTORS = 7;

/** What was played, in numbers. */
export class Tally {
  readonly counts: Record<string, number> = {};
  /** How much the invariants looked at, by promise. */
  readonly looked: Record<string, number> = {};
  private readonly places = new Set<string>();
  private readonly kinds = new Set<string>();

  add(played: Played, straight: Played, faults: Faults, broken: number): void {
    const { run, witness, boundaries, struck } = played;
    const { rows } = witness;
    this.up("plays", 1);
    this.up("steps", run.plan.steps.length);
    this.up("boundaries crossed", boundaries.length);
    this.up("faults struck", struck.length);
    if (faults.size > 1) this.up("plays with two faults or more", 1);
    this.up("runs of the schedule", run.runsOfSchedule);
    this.up(
      "calls of writes",
      run.calls.reduce((sum, { tries }) => sum + tries.length, 0),
    );
    this.up("arrivals of events", run.arrivals.length);
    this.up("events that never arrived", run.never.size);
    // Where callers got other answers than in the straight play, the ends are not compared.
    const isCompared = played !== straight && factsOf(played) === factsOf(straight);
    this.up("invariants held", INVARIANTS.length - (isCompared ? 0 : 1) - broken);
    this.up("invariants broken", broken);
    for (const { place } of boundaries) this.places.add(place);
    for (const line of struck) this.kinds.add(line.slice(line.lastIndexOf(": ") + 2));
    this.look("P1 keys", new Set(run.calls.map(({ key }) => key)).size);
    this.look("P4 checkouts", rows.checkout_intents.length);
    this.look("P5 operations", rows.operations.length);
    this.look("P6 arrivals", run.arrivals.length);
    if (isCompared) this.look("P7 ends compared", 1);
    this.look("P8 checkouts held against Stripe", rows.checkout_intents.length);
    this.look("P9 lost events found", run.never.size);
    this.look("P10 versions", witness.journal.length);
    this.look("P11 audit rows", rows.payment_audit_events.length);
    this.look("P13 charges", witness.charges.length);
  }

  get plays(): number {
    return this.counts.plays ?? 0;
  }

  /** Hands the figures to the report. Call it after the last assertion. */
  tell(task: { readonly meta: object }, values: Readonly<Record<string, number | string>> = {}): void {
    tell(task, "W", {
      counts: { ...this.counts, ...this.looked },
      values: {
        "invariants of each world": INVARIANTS.length,
        "kinds of actors": ACTORS,
        "kinds of edges": this.places.size,
        "kinds of faults": this.kinds.size,
        ...values,
      },
    });
    console.info(JSON.stringify({ ...this.counts, ...this.looked }));
  }

  private up(name: string, by: number): void {
    this.counts[name] = (this.counts[name] ?? 0) + by;
  }

  private look(promise: string, by: number): void {
    this.looked[promise] = (this.looked[promise] ?? 0) + by;
  }
}
