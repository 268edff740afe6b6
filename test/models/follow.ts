import fc from "fast-check";
import { expect, type TestContext } from "vitest";
import { tally } from "../fuzz/tally.ts";
import { holds, replayPath } from "../support/random.ts";
import { size } from "../support/size.ts";
import { tell } from "../support/tell.ts";

/** A step on a subject. `Model` is the promise about the subject in plain code, `Real` is the subject at the server. */
export interface Step<Model, Real> {
  readonly name: string;
  /** Whether the step is possible in the present state; left out, always. */
  may?(model: Model): boolean;
  /** Takes the step on both, and compares the answer of the server with the model. */
  run(model: Model, real: Real): Promise<unknown>;
}

/** A subject, how to begin a life of it, and the steps that a life is made of. */
export interface Lives<Model extends object, Real> {
  readonly subject: string;
  /** How many lives the suite draws, and a part of a report. */
  readonly lives: { readonly ci: number; readonly part: number };
  /** The most steps of a life. */
  readonly steps: number;
  begin(): Promise<{ readonly model: Model; readonly real: Real }>;
  /** The steps, with drawn values; one that is listed twice is drawn twice as often. */
  readonly can: readonly fc.Arbitrary<Step<Model, Real>>[];
  /** Compares the state at the server with the model. It runs after each step. */
  look(model: Model, real: Real): Promise<unknown>;
}

/**
 * Takes random steps on a subject and its model, and tells how many. The first step after which the two differ fails the test,
 * and fast-check looks for a shorter sequence that does the same.
 */
export async function follow<Model extends object, Real>(
  { task }: Pick<TestContext, "task">,
  { subject, lives, steps, begin, can, look }: Lives<Model, Real>,
): Promise<void> {
  const taken = tally();
  let [led, walked] = [0, 0];
  const command = (step: Step<Model, Real>): fc.AsyncCommand<Model, Real> => ({
    check: (model) => step.may?.(model) ?? true,
    async run(model, real) {
      await step.run(model, real);
      await look(model, real);
      taken.add(step.name);
      walked += 1;
    },
    toString: () => step.name,
  });
  const commands = fc.commands(
    can.map((one) => one.map(command)),
    { maxCommands: steps, size: "max", ...(replayPath && { replayPath }) },
  );
  await holds(`${subject}, beside a model`, commands, { runs: size(lives) }, async (drawn) => {
    led += 1;
    const scene = await begin();
    await look(scene.model, scene.real);
    await fc.asyncModelRun(() => scene, drawn);
  });
  expect(walked).toBeGreaterThan(led);
  console.info(`${subject}: ${led} lives, ${walked} steps: ${taken.listed()}`);
  tell(task, "M", {
    counts: { lives: led, steps: walked },
    worst: { "kinds of steps": taken.size },
    values: { [subject]: taken.listed() },
  });
}
