import { AsyncLocalStorage } from "node:async_hooks";
import type { World } from "../support/world.ts";
import { type FaultKind, faultName, isStripes, type Place } from "./faults.ts";

/** One crossing of the edge of the server: the nth of its flow. */
export interface Boundary {
  /** The step of the plan that crossed it; its tries, and the work after its answer, count on. */
  readonly flow: string;
  readonly number: number;
  readonly place: Place;
  /** What crossed it, for a reader: the tables, the call, the method. */
  readonly what: string;
}

/** Faults by `flow#number`. */
export type Faults = ReadonlyMap<string, FaultKind>;

/** How a caller fared: it has an answer, or a fault took it away. */
export type Fared<T> = { readonly answer: T } | { readonly lost: FaultKind };

interface Isolate {
  dead: boolean;
}

interface Flow {
  readonly name: string;
  readonly isolate: Isolate;
  /** What a killed isolate waits for: it fails once the run is over. */
  readonly gone: Promise<never>;
  /** Takes the answer away from the caller, now. */
  lose(by: FaultKind): void;
  /** True once the caller is gone and the work goes on. */
  alone: boolean;
}

/** The numbered edge of the server. */
export type Gate = ReturnType<typeof openGate>;

/** The key of a fault. */
export const at = (flow: string, number: number) => `${flow}#${number}`;

/**
 * Puts a numbered gate at every edge of a world: the database, the key-value store, the bucket, the mail service, Stripe,
 * and the answer to the caller. What passes outside of a flow is not counted. Faults strike by number. The work of a killed
 * isolate waits until the run is over, and then fails at every edge.
 */
export function openGate(world: World, settings: Readonly<Record<string, unknown>>) {
  const flows = new AsyncLocalStorage<Flow>();
  const fetched = globalThis.fetch;
  let isolate: Isolate = { dead: false };
  let faults: Faults = new Map();
  let numbers = new Map<string, number>();
  let crossed: Boundary[] = [];
  let struck: string[] = [];
  let behind: { readonly isolate: Isolate; readonly working: Promise<unknown> }[] = [];
  let over = Promise.withResolvers<never>();
  over.promise.catch(() => undefined);

  /** Numbers a crossing, and answers its flow and the fault that strikes it. Undefined outside of a flow. */
  const count = (place: Place, what: string) => {
    const flow = flows.getStore();
    if (!flow) return undefined;
    if (flow.isolate.dead) return { flow, fault: undefined };
    const name = flow.alone ? `${flow.name} (caller gone)` : flow.name;
    const number = (numbers.get(name) ?? 0) + 1;
    numbers.set(name, number);
    crossed.push({ flow: name, number, place, what });
    const fault = faults.get(at(name, number));
    if (fault) struck.push(`${at(name, number)} ${place} ${what}: ${faultName(fault)}`);
    return { flow, fault };
  };
  /** Kills the isolate of a flow. Its work waits until the run is over. */
  const died = (flow: Flow, by: FaultKind = "killed before") => {
    flow.isolate.dead = true;
    flow.lose(by);
    return flow.gone;
  };
  const cross = async <T>(place: Place, what: string, run: () => Promise<T>): Promise<T> => {
    const counted = count(place, what);
    if (!counted) return run();
    const { flow, fault } = counted;
    if (flow.isolate.dead) return died(flow);
    if (fault === "before") throw lost(place);
    if (fault === "killed before") return died(flow, fault);
    if (fault === "hung up") {
      flow.alone = true;
      flow.lose(fault);
    }
    if (fault && isStripes(fault)) await world.sandbox.fault({ target: "api", ...fault.stripe });
    const answer = await run();
    if (flow.isolate.dead) return died(flow);
    if (fault === "killed after") return died(flow, fault);
    if (fault === "after") throw lost(place);
    return answer;
  };

  world.database.passThrough((tables, run) => cross("D1", tables.length > 0 ? tables.join(", ") : "read", run));
  globalThis.fetch = (input, init) => {
    const { pathname } = new URL(input instanceof Request ? input.url : input);
    return cross("Stripe", `${init?.method ?? "GET"} ${pathname}`, () => fetched(input, init));
  };
  const throughGate = <B extends object>(place: Place, binding: B): B =>
    new Proxy(binding, {
      get(target, property) {
        const member: unknown = Reflect.get(target, property, target);
        if (typeof member !== "function") return member;
        return (...args: unknown[]) => cross(place, String(property), async () => Reflect.apply(member, target, args));
      },
    });

  const restart = () => {
    isolate = { dead: false };
    world.restart({
      OAUTH_KV: throughGate("KV", world.bindings.OAUTH_KV),
      PRODUCT_ASSETS: throughGate("R2", world.bindings.PRODUCT_ASSETS),
      ...settings,
      MAIL: throughGate("mail", settings.MAIL as SendEmail),
    });
  };

  return {
    /** The flow that this code runs in. */
    flow: () => flows.getStore()?.name,
    /** Begins a run with these faults; none are struck yet. */
    begin(next: Faults) {
      over.reject(new Error("the isolate is gone"));
      over = Promise.withResolvers();
      over.promise.catch(() => undefined);
      [faults, numbers, crossed, struck, behind] = [next, new Map(), [], [], []];
    },
    /** No fault strikes from now on. */
    calm() {
      faults = new Map();
    },
    crossed: (): readonly Boundary[] => crossed,
    struck: (): readonly string[] => struck,
    /** True until the isolate of now was killed. */
    lives: () => !isolate.dead,
    /** Another isolate serves what begins from now on. */
    restart,
    /** Waits for the work whose callers are gone. */
    settled: () => Promise.allSettled(behind.flatMap(({ isolate: own, working }) => (own.dead ? [] : [working]))),
    /** Runs the work of a step, and tells how its caller fared. Throws what the work throws. */
    async run<T>(name: string, work: () => Promise<T>): Promise<Fared<T>> {
      const left = Promise.withResolvers<Fared<T>>();
      const flow: Flow = { name, isolate, gone: over.promise, alone: false, lose: (by) => left.resolve({ lost: by }) };
      const working = flows.run(flow, async (): Promise<Fared<T>> => {
        const answer = await work();
        if (flow.alone || flow.isolate.dead) return { answer };
        const fault = count("answer", "to the caller")?.fault;
        return fault ? { lost: fault } : { answer };
      });
      working.catch(() => undefined);
      const fared = await Promise.race([working, left.promise]);
      if (flow.alone && !flow.isolate.dead) behind.push({ isolate: flow.isolate, working });
      return fared;
    },
    /** Takes the gate away from Stripe. */
    close() {
      globalThis.fetch = fetched;
    },
  };
}

function lost(place: Place): Error {
  if (place === "Stripe") return new TypeError("fetch failed: connection reset");
  return new Error(place === "D1" ? "D1_ERROR: lost" : `${place}: lost`);
}
