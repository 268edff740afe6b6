import type { MeasuredWorker } from "./runtime.ts";
import { atOnce, type RawRequest, type Sender } from "./send.ts";

/** A Worker under measurement. */
export interface Side {
  readonly worker: MeasuredWorker;
  readonly sender: Sender;
}

/** Calls of one kind to one Worker, and the CPU that its process took for all of them. */
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

/** How many times the CPU of another Worker a call takes. */
export interface Ratio {
  /** Over all rounds together. */
  readonly overall: number;
  /** The range over single rounds. */
  readonly least: number;
  readonly most: number;
}

/** CPU of a call over all blocks, in milliseconds. */
export const perCall = (blocks: readonly Block[]): number =>
  blocks.reduce((sum, { cpuMs }) => sum + cpuMs, 0) / blocks.reduce((sum, { calls }) => sum + calls, 0);

/** The ratio of two Workers, with a block of each in a round. Both blocks of a round ran on an equally busy machine. */
export function ratioOf(above: readonly Block[], below: readonly Block[]): Ratio {
  const rounds = above.map((block, round) => perCall([block]) / perCall([below[round] ?? block]));
  return { overall: perCall(above) / perCall(below), least: Math.min(...rounds), most: Math.max(...rounds) };
}
