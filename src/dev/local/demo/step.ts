import type { Stage } from "./stage.ts";

/** One thing that happens in the story. */
export interface Step {
  /** Kebab-case; names the step in the JSON output. */
  readonly id: string;
  /** What happens, as a sentence. */
  readonly title: string;
  /** Does it, throws a `Differs` where the product does something else, and answers lines for the transcript. */
  play(stage: Stage): Promise<readonly string[]>;
}
