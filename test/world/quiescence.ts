import { databaseState } from "../support/database-state.ts";
import { isSettled, type Run, settledReply } from "./run.ts";

/** Longer than the schedule's patience with a call, and than the first waits of an event that failed. */
const REST_SECONDS = 600;

/**
 * The faults stop. Callers who insist repeat their calls twice at most; outstanding deliveries arrive; the schedule runs
 * once. What never arrives is left to that run.
 */
export async function becomeQuiet(run: Run): Promise<void> {
  const { world, gate, plan } = run;
  gate.calm();
  run.quiet = true;
  await world.sandbox.clearFaults();
  run.clock.mend();
  await gate.settled();
  if (plan.callers === "repeats") {
    for (const call of run.calls) {
      while (!isSettled(call) && call.late < 2 && !isAnswered(run, call.key)) await run.tryOnce(call);
    }
  }
  await bringAll(run, "rest");
  await world.advance(REST_SECONDS);
  await run.schedule("last run");
  await bringAll(run, "after the last run");
  await replays(run);
}

/** Another call of the same key has its answer: a racer need not insist. */
function isAnswered(run: Run, key: string): boolean {
  return run.calls.some((call) => call.key === key && isSettled(call));
}

async function bringAll(run: Run, flow: string): Promise<void> {
  for (const [index, delivery] of (await run.waiting()).entries()) await run.bring(`${flow} ${index}`, delivery);
}

/** Each key once more, as it was; and one of them with other arguments. */
async function replays(run: Run): Promise<void> {
  const done = run.calls.filter((call) => settledReply(call)?.code === undefined && settledReply(call));
  for (const call of new Map(done.map((one) => [one.key, one])).values()) {
    await run.once("replay", async () =>
      run.replayed.push({ call, reply: await (call.later ?? call.door)(call.args) }),
    );
  }
  const [other] = done;
  if (!other) return;
  const before = await databaseState(run.world);
  const later = new Date(Date.parse(String(other.args.expectedUpdatedAt)) + 1).toISOString();
  const reply = await (other.later ?? other.door)({ ...other.args, expectedUpdatedAt: later });
  const after = await databaseState(run.world);
  const written = Object.keys(after).filter((table) => after[table] !== before[table]);
  run.otherArguments = { code: reply.code, written };
}
