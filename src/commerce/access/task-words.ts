import type { TaskStatus } from "../../db/schema/vocabulary.ts";

/** A task as its buyer is told of it. */
interface ToldTask {
  readonly status: TaskStatus;
  /** When its status was set, in epoch milliseconds. */
  readonly updatedAt: number;
}

/** A sentence, and the day that ends it in epoch milliseconds. */
export interface TaskWords {
  readonly words: string;
  readonly on?: number;
}

/** Where a task stands, for the buyer. */
export function taskWords({ status, updatedAt }: ToldTask): TaskWords {
  switch (status) {
    case "queued":
    case "active":
      return { words: "We are preparing it." };
    case "paused":
      return { words: "On hold." };
    case "done":
      return { words: "Done on", on: updatedAt };
  }
}
