import type { MeasuredWorker } from "./runtime.ts";
import { atOnce, type RawRequest, type Sender } from "./send.ts";

/** A Worker under measurement. */
export interface Side {
  readonly worker: MeasuredWorker;
  readonly sender: Sender;
}

/** CPU of one block: so many calls of one kind to one Worker. */
export interface Block {
  readonly calls: number;
  readonly cpuMs: number;
}

const AT_ONCE = 4;

/** Sends a block of calls and answers the CPU that the Worker's process took. Throws for an answer that is no success. */
export async function runBlock({ worker, sender }: Side, calls: readonly RawRequest[]): Promise<Block> {
  const before = worker.cpuMs();
  const answers = await atOnce(calls, AT_ONCE, sender.send);
  const cpuMs = worker.cpuMs() - before;
  const refused = answers.find(({ status, body }) => status !== 200 || body.includes('"isError":true'));
  if (refused) throw new Error(`a measured call was refused: ${refused.status} ${refused.body.slice(0, 500)}`);
  return { calls: calls.length, cpuMs };
}

/** What the blocks of one Worker come to, for one kind of call. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** The median of some figures, and their range. */
export function spreadOf(figures: readonly number[]): Spread {
  const sorted = [...figures].sort((one, other) => one - other);
  const middle = sorted.length / 2;
  const median = ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
  return { median, least: sorted[0] ?? 0, most: sorted.at(-1) ?? 0 };
}

/** CPU of a call over all blocks, in milliseconds. */
export const perCall = (blocks: readonly Block[]): number =>
  blocks.reduce((sum, { cpuMs }) => sum + cpuMs, 0) / blocks.reduce((sum, { calls }) => sum + calls, 0);

/** The ratio of two Workers in each round, since two blocks of one round saw the same machine. */
export function ratioOf(above: readonly Block[], below: readonly Block[]): Spread {
  const each = above.map((block, round) => perCall([block]) / perCall([below[round] ?? block]));
  return { ...spreadOf(each), median: perCall(above) / perCall(below) };
}
