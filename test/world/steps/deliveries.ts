import { chanceOf, shuffled } from "../chance.ts";
import type { Step } from "../plan.ts";
import type { Run } from "../run.ts";

/** Stripe's waiting events arrive; one that was not taken comes again, and a lost one never does. */
export async function deliver(run: Run, flow: string, step: Extract<Step, { readonly do: "deliver" }>): Promise<void> {
  const calm = { ...step, shuffled: false, copies: 1, lost: false };
  const { shuffled: mixed, copies: times, lost } = run.straight ? calm : step;
  const chance = chanceOf(run.plan.seed + Number.parseInt(flow, 10));
  const waiting = await run.waiting();
  const kept = waiting.filter(({ eventId }) => {
    if (lost && chance() < 0.5) run.never.add(eventId);
    return !run.never.has(eventId);
  });
  const copies = Array.from({ length: times }, () => kept).flat();
  const queue = mixed ? shuffled(copies, chance) : copies;
  for (let next = 0; next < queue.length; ) {
    const together = mixed ? 1 + Math.floor(chance() * 3) : 1;
    const group = queue.slice(next, next + together);
    await Promise.all(group.map((delivery, index) => run.bring(`${flow}.${next + index}`, delivery)));
    next += together;
  }
  if (run.plan.callers === "gives up") return;
  for (let again = 0; again < 2; again++) {
    for (const [index, delivery] of (await run.waiting()).entries()) {
      await run.bring(`${flow}.again${again}.${index}`, delivery);
    }
  }
}
