import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import type { FaultRequest } from "../../src/dev/stripe-sandbox/client.ts";
import { holds } from "../support/random.ts";
import { size } from "../support/size.ts";
import { tell } from "../support/tell.ts";
import { createWorld, type World } from "../support/world.ts";
import { faultsOf, wireAnswer } from "./answers.ts";
import { everyDoor } from "./every-door.ts";
import { failingBindings } from "./failing-bindings.ts";
import { tally } from "./tally.ts";
import { asFirstSent, requestOf, told, type WireCall } from "./wire.ts";

/** How many of the known requests are tried, each with a failure at every boundary that it crosses. */
const REQUESTS = size({ ci: 30, part: 400 });
/** No request crosses more boundaries of one kind. */
const MOST = 40;

let world: World;
let calls: readonly WireCall[];
let bindings: ReturnType<typeof failingBindings>;
beforeAll(async () => {
  world = await createWorld();
  calls = await everyDoor(world);
  bindings = failingBindings(world.bindings);
  world.restart(bindings.overrides);
});

let keys = 0;
/** The same under a key of its own, so that a write is made and not replayed. */
function underAnotherKey(call: WireCall): WireCall {
  const key = `boundary-${++keys}`;
  const headers = call.headers["idempotency-key"] ? { ...call.headers, "idempotency-key": key } : call.headers;
  const { body } = call;
  if (body?.kind !== "json") return { ...call, headers };
  const value = structuredClone(body.value) as { params?: { arguments?: { idempotencyKey?: string } } };
  if (value.params?.arguments?.idempotencyKey) value.params.arguments.idempotencyKey = key;
  return { ...call, headers, body: { kind: "json", value } };
}

/** A kind of boundary: makes the nth crossing fail, and says whether it was reached. */
interface Boundary {
  readonly name: string;
  fail(at: number): Promise<unknown>;
  reached(at: number): Promise<boolean>;
  calm(): Promise<unknown>;
}

const STRIPE_KINDS = ["drop_connection_before", "drop_connection_after", "cut_body", "fail_before"] as const;
const boundaries: readonly Boundary[] = [
  ...STRIPE_KINDS.map((kind): Boundary => {
    let before = 0;
    return {
      name: `Stripe, ${kind}`,
      async fail(at) {
        before = (await world.sandbox.calls()).length;
        if (at > 1) await world.sandbox.fault({ target: "api", kind: "delay", ms: 0, times: at - 1 } as FaultRequest);
        await world.sandbox.fault({ target: "api", kind, times: 2 } as FaultRequest);
      },
      reached: async (at) => (await world.sandbox.calls()).length - before >= at,
      calm: () => world.sandbox.clearFaults(),
    };
  }),
  ...(["before", "after"] as const).map(
    (fault): Boundary => ({
      name: `D1, ${fault}`,
      fail: async (at) => world.database.lose({ [at]: fault }),
      reached: async (at) => world.database.trips() >= at,
      calm: async () => world.database.reset(),
    }),
  ),
  ...[false, true].map(
    (after): Boundary => ({
      name: `KV and R2, ${after ? "after" : "before"}`,
      fail: async (at) => bindings.fail(at, after),
      reached: async (at) => bindings.calls() >= at,
      calm: async () => bindings.fail(),
    }),
  ),
];

test("a failure at every boundary that a request crosses: its answer says nothing of the inside", async ({ task }) => {
  const [doors, answers, at] = [tally(), tally(), tally()];
  const count = { requests: 0, failures: 0, "answers that say that it failed": 0, "words of the inside": 0 };
  world.quiet = true;

  /** Sends a request once; what is wrong with its answer beside that it failed. */
  const send = async (call: WireCall) => {
    const request = await requestOf(call, world.clock.now());
    if (!request) return;
    const logged = world.log.length;
    const answer = await wireAnswer(await world.send(request));
    answers.add(answer.code ?? String(answer.status));
    const faults = faultsOf(call, answer).filter((fault) => !/^\d{3} \w*$/.test(fault));
    const lines = JSON.stringify(world.log.slice(logged));
    // The log has the place of a fault, which may be in a package.
    if (/sk_test|whsec_|test-secret|SELECT \*/.test(lines)) faults.push(`logged ${lines}`);
    count["words of the inside"] += faults.length;
    expect(faults, told(call, answer)).toEqual([]);
    if (answer.status >= 500 || answer.code === "internal") {
      count["answers that say that it failed"] += 1;
      if (answer.code === "internal") expect(answer.text).toMatch(/ref-/);
    }
  };

  await holds("failing boundaries", fc.nat(), { runs: REQUESTS }, async (which) => {
    const known = calls[which % calls.length];
    if (!known) return;
    await world.db.exec("DELETE FROM bound_counts");
    count.requests += 1;
    doors.add(known.door);
    for (const boundary of boundaries) {
      for (let crossing = 1; crossing <= MOST; crossing++) {
        await boundary.fail(crossing);
        await send(asFirstSent(underAnotherKey(known)));
        const reached = await boundary.reached(crossing);
        await boundary.calm();
        if (!reached) break;
        count.failures += 1;
        at.add(boundary.name);
      }
    }
  });
  world.quiet = false;
  expect(count.failures).toBeGreaterThan(REQUESTS);
  expect((await world.fetch("/health")).status).toBe(200);
  console.info(`${count.failures} failures of ${count.requests} requests at ${doors.size} doors: ${at.listed()}`);
  console.info(`answers: ${answers.listed()}`);
  tell(task, "S8", { counts: count, worst: { doors: doors.size, "kinds of boundaries": at.size } });
}, 3_600_000);
