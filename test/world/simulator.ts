import { HEAD } from "../support/audit-verdict.ts";
import { momentOf, travelTo } from "../support/time-travel.ts";
import type { World } from "../support/world.ts";
import { act } from "./act.ts";
import { type Boundary, type Faults, openGate } from "./boundaries.ts";
import { openCast } from "./cast.ts";
import { idsOf } from "./chance.ts";
import { keepJournal } from "./journal.ts";
import type { Plan } from "./plan.ts";
import { becomeQuiet } from "./quiescence.ts";
import { Run } from "./run.ts";
import { type Witness, witnessOf } from "./witness.ts";

/** A run of a plan that is over: what its callers saw, and what is stored here and at Stripe. */
export interface Played {
  readonly run: Run;
  readonly witness: Witness;
  /** Every boundary that was crossed until the faults stopped, in order. */
  readonly boundaries: readonly Boundary[];
  /** The faults that struck, in words. */
  readonly struck: readonly string[];
}

export type Simulator = Awaited<ReturnType<typeof openSimulator>>;

/** A world with its cast, in which plans are played one after the other, each from the same first moment. */
export async function openSimulator(world: World) {
  const cast = await openCast(world);
  await keepJournal(world);
  let run: Run | undefined;
  const MAIL = { send: async (mail: { to: string; subject: string }) => void run?.mails.push(mail) };
  const gate = openGate(world, { MAIL, MAIL_FROM: "shop@example.com" });
  const first = await momentOf(world);

  const begin = async (seed: number, faults: Faults) => {
    await travelTo(world, first);
    const { objects } = await world.bindings.PRODUCT_ASSETS.list();
    for (const { key } of objects) await world.bindings.PRODUCT_ASSETS.delete(key);
    await world.reset();
    world.log.length = 0;
    world.quiet = true;
    world.ids = idsOf(seed);
    gate.begin(faults);
    gate.restart();
  };

  return {
    world,
    /** Plays a plan with these faults. `straight`: as if there were no chance in it, each event once and in order. */
    async play(plan: Plan, faults: Faults = new Map(), { straight = false } = {}): Promise<Played> {
      await begin(plan.seed, faults);
      run = new Run({ world, gate, cast, plan, straight });
      for (const [index, step] of plan.steps.entries()) await act(run, String(index), step);
      const boundaries = [...gate.crossed()];
      await becomeQuiet(run);
      const witness = await witnessOf(world, await headIn(world), first);
      return { run, witness, boundaries, struck: gate.struck() };
    },
    close() {
      gate.close();
    },
  };
}

async function headIn({ bindings }: World): Promise<string | undefined> {
  const head = await bindings.PRODUCT_ASSETS.get(HEAD);
  return head?.text();
}
