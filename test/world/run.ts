import type { Delivery } from "../../src/dev/stripe-sandbox/client.ts";
import type { Door, Reply } from "../support/doors.ts";
import type { Started } from "../support/launch-pass.ts";
import type { World } from "../support/world.ts";
import type { Gate } from "./boundaries.ts";
import type { Cast } from "./cast.ts";
import { type FaultKind, faultName } from "./faults.ts";
import { type MovedClock, movedClock } from "./moved-clock.ts";
import type { App, Goods, Plan } from "./plan.ts";

/** Codes that leave a call unfinished: its caller calls again, unchanged. */
const UNFINISHED: ReadonlySet<string> = new Set([
  "internal",
  "outcome_unknown",
  "operation_in_progress",
  "provider_unavailable",
]);

/** A write that a caller makes: one key, one set of arguments, as often as it takes. */
export interface Call {
  readonly flow: string;
  readonly write: string;
  readonly key: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly door: Door;
  /** The door for later, where the first asks for a sign-in of the last minutes. */
  readonly later?: Door;
  /** What each try came to: a reply, or the fault that left the caller without one. */
  readonly tries: (Reply | FaultKind)[];
  /** Tries after the faults had stopped. */
  late: number;
  readonly order: string | undefined;
  /** One of many at once: it does not insist. */
  readonly isRacer?: boolean;
}

/** An order of a plan. */
export interface Order {
  readonly app: App;
  readonly goods: Goods;
  started: Started | undefined;
  /** Stripe's objects, once the payer met them. */
  sessionId: string | undefined;
  successUrl: string | undefined;
}

/** One arrival at the webhook, and what it was answered; without an answer, Stripe brings it again. */
export interface Arrival {
  readonly eventId: string;
  readonly type: string;
  readonly status: number | undefined;
  readonly answer: { readonly status?: string; readonly duplicate?: boolean };
}

/** One run of a plan: its world, and all that its callers saw. */
export class Run {
  readonly calls: Call[] = [];
  readonly orders = new Map<string, Order>();
  readonly arrivals: Arrival[] = [];
  /** Deliveries that Stripe has an answer for, and those that never come. */
  readonly done = new Set<string>();
  readonly never = new Set<string>();
  /** Steps that had nothing to act on: their order was not started, or was refused. */
  readonly skipped: string[] = [];
  /** What the work of a step threw: errors that no answer carried. */
  readonly broken: string[] = [];
  /** Mails that the mail service took. */
  readonly mails: { readonly to: string; readonly subject: string }[] = [];
  /** Checkout Sessions whose page a payer was led to, by the id of the checkout. */
  readonly handedOut: { readonly order: string; readonly sessionId: string }[] = [];
  readonly clock: MovedClock;
  /** Each key called once more at the end. */
  readonly replayed: { readonly call: Call; readonly reply: Reply }[] = [];
  /** What a used key with other arguments came to. */
  otherArguments: { readonly code: string | undefined; readonly written: readonly string[] } | undefined;
  runsOfSchedule = 0;
  /** True once the faults have stopped. */
  quiet = false;

  readonly world: World;
  readonly gate: Gate;
  readonly cast: Cast;
  readonly plan: Plan;
  /** True for the play that the others are compared with: each event once and in order, no clock moved, nothing at once. */
  readonly straight: boolean;

  constructor({ world, gate, cast, plan, straight }: Pick<Run, "world" | "gate" | "cast" | "plan" | "straight">) {
    this.world = world;
    this.gate = gate;
    this.cast = cast;
    this.plan = plan;
    this.straight = straight;
    this.clock = movedClock(world);
  }

  /** Notes that a step had nothing to act on. */
  skip(flow: string, why: string): void {
    this.skipped.push(`${flow}: ${why}`);
  }

  /** Runs work of a step once. A killed isolate is followed by another one. */
  async once<T>(flow: string, work: () => Promise<T>): Promise<{ answer: T } | { lost: FaultKind }> {
    const fared = await this.gate.run(flow, work).catch((thrown: unknown) => {
      this.broken.push(`${flow}: ${thrown instanceof Error ? thrown.message : thrown}`);
      return { lost: "after" as const };
    });
    if (!this.gate.lives()) this.gate.restart();
    return fared;
  }

  /** Makes a call, and repeats it while it is unfinished, as often as its caller would. */
  async call(call: Omit<Call, "tries" | "late">): Promise<Reply | undefined> {
    const made: Call = { ...call, tries: [], late: 0 };
    this.calls.push(made);
    const most = this.plan.callers === "repeats" && !call.isRacer ? 3 : 1;
    for (let tries = 0; tries < most && !isSettled(made); tries++) {
      await this.tryOnce(made);
      // The work whose caller hung up may still go on: a patient caller lets it.
      if (!isSettled(made) && this.plan.callers === "repeats") await this.pause(made.tries.at(-1));
    }
    return settledReply(made);
  }

  /** One more try of a call. */
  async tryOnce(call: Call): Promise<void> {
    if (this.quiet) call.late += 1;
    const fared = await this.once(call.flow, () => call.door(call.args));
    call.tries.push("answer" in fared ? fared.answer : fared.lost);
  }

  /** Opens a page, and again while it fails or its answer is lost. Answers what `look` answered last; undefined for none. */
  async visit<T extends number | string>(flow: string, look: () => Promise<T>): Promise<T | undefined> {
    for (let tries = 0; tries < (this.plan.callers === "repeats" ? 3 : 1); tries++) {
      const fared = await this.once(flow, look);
      if ("answer" in fared && !(typeof fared.answer === "number" && fared.answer >= 500)) return fared.answer;
    }
    return undefined;
  }

  /** A run of the schedule. One that a fault strikes may throw; the next goes on. */
  async schedule(flow: string): Promise<void> {
    this.runsOfSchedule += 1;
    await this.once(flow, () =>
      this.world.scheduled().catch((thrown: unknown) => {
        if (this.quiet) this.broken.push(`${flow}: ${thrown}`);
      }),
    );
  }

  /** Waits as an answer asks for, a second otherwise. */
  private async pause(last: Reply | FaultKind | undefined): Promise<void> {
    const after = isReply(last) ? Number(last.headers.get("Retry-After") ?? 1) : 1;
    await this.world.advance(Math.min(Math.max(after, 1), 5));
  }

  /** Events that wait at Stripe for an arrival of ours. */
  async waiting(): Promise<Delivery[]> {
    const all = await this.world.sandbox.deliveries({ pending: true });
    return all.filter(({ eventId }) => !this.done.has(eventId) && !this.never.has(eventId));
  }

  /** Brings an event to the webhook once. */
  async bring(flow: string, delivery: Delivery): Promise<void> {
    const { eventId, type } = delivery;
    const fared = await this.once(flow, async () => {
      const response = await this.world.post(delivery);
      return { status: response.status, answer: (await response.json()) as Arrival["answer"] };
    });
    const { status, answer } = "answer" in fared ? fared.answer : { status: undefined, answer: {} };
    this.arrivals.push({ eventId, type, status, answer });
    if (status === 200) this.done.add(eventId);
  }
}

export const isReply = (tried: Reply | FaultKind | undefined): tried is Reply =>
  typeof tried === "object" && "headers" in tried;

/** The reply that ended a call. */
export function settledReply({ tries }: Pick<Call, "tries">): Reply | undefined {
  return tries
    .filter(isReply)
    .find(({ code, status }) => code === undefined || !(UNFINISHED.has(code) || status >= 500));
}

export const isSettled = (call: Pick<Call, "tries">): boolean => settledReply(call) !== undefined;

/** A try in words. */
export function triedText(tried: Reply | FaultKind): string {
  if (!isReply(tried)) return `lost (${faultName(tried)})`;
  return tried.code ?? (tried.body.replayed === true ? "replayed" : "done");
}
