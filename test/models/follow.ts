import fc from "fast-check";
import { expect, type TestContext } from "vitest";
import { tally } from "../fuzz/tally.ts";
import { holds, replayPath } from "../support/random.ts";
import { size } from "../support/size.ts";
import { tell } from "../support/tell.ts";

/** Something that can be done to a subject. `Model` is what is promised of it, in plain code; `Real` reaches the server. */
export interface Step<Model, Real> {
  readonly name: string;
  /** Whether it can be tried as the subject stands; left out, always. */
  may?(model: Model): boolean;
  /** Does it to both, and holds what the server answered to what the model says. */
  run(model: Model, real: Real): Promise<unknown>;
}

/** A subject, with a fresh one of it and of its model for each life. */
export interface Lives<Model extends object, Real> {
  readonly subject: string;
  /** How many lives in the suite, and in a part of a report. */
  readonly lives: { readonly ci: number; readonly part: number };
  /** The most steps of a life. */
  readonly steps: number;
  begin(): Promise<{ readonly model: Model; readonly real: Real }>;
  /** Each a step with its values drawn; one that stands twice is tried twice as often. */
  readonly can: readonly fc.Arbitrary<Step<Model, Real>>[];
  /** Compares what every door says with the model. It runs after each step. */
  look(model: Model, real: Real): Promise<unknown>;
}

/**
 * Leads lives of random steps beside a model, and tells how many. A life that goes another way than its model fails, and
 * fast-check finds the shortest like it.
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
