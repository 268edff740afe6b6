import type { Stage } from "./stage.ts";

/** One step of the demo. */
export interface Step {
  /** Kebab-case: the id of the step in the JSON output. */
  readonly id: string;
  /** A sentence for the transcript. */
  readonly title: string;
  /** Runs the step and answers lines for the transcript. Throws a `Differs` when the product does not do what the step expects. */
  play(stage: Stage): Promise<readonly string[]>;
}
