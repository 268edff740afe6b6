import { at, type Boundary, type Faults } from "./boundaries.ts";
import { chanceOf, oneOf } from "./chance.ts";
import { type FaultKind, faultsAt } from "./faults.ts";
import type { Plan } from "./plan.ts";
import { reportOf, violationsOf } from "./report.ts";
import type { Played, Simulator } from "./simulator.ts";
import { Tally } from "./tally.ts";

const PROGRESS_EVERY = 25;

/** A plan with two plays without faults: straight, and with its chance. Faults strike at the boundaries of the second. */
export interface Scene {
  readonly plan: Plan;
  readonly straight: Played;
  readonly crossed: Played;
}

/** A scene, and the faults to play it with. */
export interface Job {
  readonly scene: Scene;
  readonly faults: Faults;
}

/** Plays scenes, checks the end of each play against the invariants, and counts. */
export class Campaign {
  readonly tally = new Tally();
  readonly simulator: Simulator;

  constructor(simulator: Simulator) {
    this.simulator = simulator;
  }

  /**
   * Plays a plan straight, without chance and faults: the ends of all other plays are compared with that of this one. Then it
   * plays the plan with its chance: deliveries out of order and lost, steps at once, wrong clocks.
   */
  async scene(plan: Plan): Promise<Scene> {
    const straight = await this.simulator.play(plan, new Map(), { straight: true });
    const scene = { plan, straight, crossed: straight };
    this.hold(scene, new Map(), straight);
    return { ...scene, crossed: hasChance(plan) ? await this.play({ scene, faults: new Map() }) : straight };
  }

  /** Plays a scene with faults. Throws the report of a play that breaks an invariant. */
  async play({ scene, faults }: Job): Promise<Played> {
    const played = await this.simulator.play(scene.plan, faults);
    this.hold(scene, faults, played);
    return played;
  }

  private hold({ plan, straight }: Scene, faults: Faults, played: Played): void {
    const violations = violationsOf(played, straight);
    this.tally.add(played, straight, faults, violations.length);
    if (this.tally.plays % PROGRESS_EVERY === 0) console.info(`${this.tally.plays} plays`);
    if (violations.length > 0) throw new Error(reportOf(plan, faults, played, violations));
  }
}

/** Whether a play with chance differs from the straight one. */
const hasChance = ({ steps }: Plan): boolean =>
  steps.some(
    (step) =>
      step.do === "together" ||
      step.do === "clock" ||
      (step.do === "schedule" && step.runs > 1) ||
      (step.do === "deliver" && (step.shuffled || step.lost || step.copies > 1)),
  );

/** Every fault at every boundary of a scene, one a play. */
export function singles(scene: Scene): Job[] {
  return scene.crossed.boundaries.flatMap(({ flow, number, place }) =>
    faultsAt(place, true).map((fault) => ({ scene, faults: new Map([[at(flow, number), fault]]) })),
  );
}

/** What is lost before or after each pair of boundaries. The second may lie in the try that the first one causes. */
export function pairs(scene: Scene): Job[] {
  const { boundaries } = scene.crossed;
  const struck = ({ flow, number, place }: Boundary) =>
    faultsAt(place, false).map((fault): [string, FaultKind] => [at(flow, number), fault]);
  return boundaries.flatMap((first, index) => {
    const own = boundaries.filter(({ flow }) => flow === first.flow);
    const again = own.map((boundary) => ({ ...boundary, number: boundary.number + first.number }));
    const later = boundaries.slice(index + 1).filter(({ flow }) => flow !== first.flow);
    return struck(first).flatMap((one) =>
      [...again, ...later].flatMap(struck).map((other) => ({ scene, faults: new Map([one, other]) })),
    );
  });
}

/** Any two faults of a scene, also those that the exhaustive pairs leave out. */
export function anyPair(scene: Scene, seed: number): Job {
  const chance = chanceOf(seed);
  const draw = (): [string, FaultKind] => {
    const { flow, number, place } = oneOf(scene.crossed.boundaries, chance);
    const tries = Math.floor(chance() * 2);
    const own = scene.crossed.boundaries.filter((boundary) => boundary.flow === flow).length;
    return [at(flow, number + tries * own), oneOf(faultsAt(place, true), chance)];
  };
  return { scene, faults: new Map([draw(), draw()]) };
}
