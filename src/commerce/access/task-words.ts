import type { TASK_STATUSES } from "../../db/schema/vocabulary.ts";

/** A task as its buyer is told of it. */
export interface ToldTask {
  readonly status: (typeof TASK_STATUSES)[number];
  /** When its status was set, in epoch milliseconds. */
  readonly updatedAt: number;
}

/** Where a task stands, for the buyer: a sentence, and the day that ends it. */
export function taskWords({ status, updatedAt }: ToldTask): { readonly words: string; readonly on?: number } {
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
