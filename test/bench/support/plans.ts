import { type PlannedCall, type Plans, planKey } from "../floor/plan.ts";
import type { Recording } from "../recorder/worker.ts";
import { startMeasured } from "./runtime.ts";
import { openSender, type RawRequest } from "./send.ts";

/** Headers that the runtime sets by itself. */
const OF_THE_RUNTIME = new Set(["content-length", "transfer-encoding", "date", "connection", "keep-alive"]);

/**
 * Sends the calls to the recorder, on a copy of the databases of its own, and answers the plans for the floor Worker. Each
 * call is sent in its turn; of a call that is given twice the second counts.
 */
export async function recordPlans(
  wish: { bundle: string; vars: Readonly<Record<string, string>>; state: string; host: string },
  calls: readonly RawRequest[],
): Promise<Plans> {
  const recorder = await startMeasured(wish);
  const sender = openSender(recorder.url, wish.host, 1);
  const statements = new Map<string, number>();
  const plans: Record<string, string> = {};
  const numberOf = (sql: string) => {
    const number = statements.get(sql) ?? statements.size;
    statements.set(sql, number);
    return number;
  };
  try {
    for (const call of calls) {
      const { status, body } = await sender.send(call);
      if (status !== 200) throw new Error(`the recorder answered ${status}: ${body}`);
      const { trips, answer } = JSON.parse(body) as Recording;
      if (answer.status !== 200 || answer.body.includes('"isError":true')) {
        throw new Error(`a call was refused: ${answer.status} ${answer.body}`);
      }
      plans[planKey(JSON.parse(call.body ?? "") as PlannedCall)] = JSON.stringify({
        trips: trips.map((trip) => trip.map(({ sql, values }) => ({ sql: numberOf(sql), values }))),
        answer: { ...answer, headers: answer.headers.filter(([name]) => !OF_THE_RUNTIME.has(name)) },
      });
    }
  } finally {
    sender.close();
    await recorder.stop();
  }
  return { statements: [...statements.keys()], plans };
}
