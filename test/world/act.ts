import type { Step } from "./plan.ts";
import type { Run } from "./run.ts";
import { deliver } from "./steps/deliveries.ts";
import { race, start } from "./steps/starting.ts";
import { atStripe } from "./steps/stripe.ts";
import { comeBack } from "./steps/visits.ts";
import { aboutOrder, upload } from "./steps/writes.ts";

/** Plays one step. `flow` is its name in reports: its place in the plan. */
export async function act(run: Run, flow: string, step: Step): Promise<void> {
  switch (step.do) {
    case "start":
      return start(run, flow, step);
    case "race":
      return race(run, flow, step);
    case "pay":
    case "settle":
    case "run out":
    case "refund":
    case "dispute":
    case "subscription":
      return atStripe(run, flow, step);
    case "return":
      return comeBack(run, flow, step);
    case "expire":
    case "answer":
    case "evidence":
    case "review":
    case "revoke":
      return aboutOrder(run, flow, step);
    case "upload":
      return upload(run, flow, step);
    case "deliver":
      return deliver(run, flow, step);
    case "schedule":
      return schedule(run, flow, run.straight ? 1 : step.runs);
    case "wait":
      return void (await run.world.advance(step.seconds));
    case "clock":
      return run.straight ? undefined : run.clock.move(step.how);
    case "deploy":
      return run.gate.restart();
    case "together":
      return together(run, flow, step.steps);
  }
}

async function schedule(run: Run, flow: string, runs: number): Promise<void> {
  await Promise.all(Array.from({ length: runs }, (_, index) => run.schedule(`${flow}${"xy"[index]}`)));
}

async function together(run: Run, flow: string, steps: readonly Step[]): Promise<void> {
  const acts = steps.map((one, index) => () => act(run, `${flow}${"abcdefgh"[index]}`, one));
  if (!run.straight) return void (await Promise.all(acts.map((start) => start())));
  for (const start of acts) await start();
}
