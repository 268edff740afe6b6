import { size } from "../../support/size.ts";
import { RESOURCE, TOOL } from "../bare/names.ts";
import { type Block, runBlock, type Side } from "./blocks.ts";
import { recordPlans } from "./plans.ts";
import { bundleOf, type Kind, kinds, type Prepared, prepare } from "./prepared.ts";
import { ratioLines } from "./ratio-figures.ts";
import { startMeasured } from "./runtime.ts";
import { openSender, type RawRequest } from "./send.ts";

/** The Workers that are compared. */
export const SIDES = ["ours", "floor", "without SQL", "bare", "empty"] as const;
export type SideName = (typeof SIDES)[number];

const ROUNDS = size({ ci: 3, part: 6 });
/** Calls of a block: enough that the kernel's ticks of 10 ms are less than a hundredth of each figure. */
const CALLS: Readonly<Record<Kind, number>> = {
  "lists the tools": size({ ci: 50, part: 150 }),
  "reads an offer": size({ ci: 50, part: 150 }),
  "replays a write": size({ ci: 50, part: 150 }),
  writes: size({ ci: 20, part: 50 }),
};
/** A call of these takes little CPU and changes no state: each of their blocks is sent several times over. */
const CHEAP: ReadonlySet<SideName> = new Set(["without SQL", "bare", "empty"]);
const timesOver = (kind: Kind, side: SideName) => (CHEAP.has(side) ? (kind === "writes" ? 8 : 3) : 1);
const WARM_UP = 2;

/** What was measured: each block of each Worker, by kind of call. */
export type Measured = Readonly<Record<Kind, Readonly<Record<SideName, readonly Block[]>>>>;

/** Measures the Workers in turns. Each has a `workerd` and a copy of the databases of its own. */
export async function measureRatios(folder: string, bundle: string): Promise<Measured> {
  const rounds = ROUNDS + WARM_UP;
  const prepared = await prepare(folder, { bundle, writes: rounds * CALLS.writes });
  const { publicUrl: host, vars } = prepared;
  const local = new URL(host).host;
  const recorderBundle = await bundleOf(folder, "recorder");
  const plans = await recordPlans(
    { bundle: recorderBundle, vars, state: prepared.copy("of-recorder"), host: local },
    [0, 1]
      .flatMap(() => kinds.filter((kind) => kind !== "writes").map((kind) => prepared.call(kind, 0)))
      .concat(Array.from({ length: rounds * CALLS.writes }, (_, number) => prepared.call("writes", number))),
  );
  const floor = await bundleOf(folder, "floor");
  const start = async (
    bundleFile: string,
    name: string,
    own: Readonly<Record<string, unknown>> = {},
  ): Promise<Side> => {
    const worker = await startMeasured({ bundle: bundleFile, state: prepared.copy(name), vars: own });
    return { worker, sender: openSender(worker.url, local, 4) };
  };
  const sides: Record<SideName, Side> = {
    ours: await start(bundle, "of-ours", vars),
    floor: await start(floor, "of-floor", { PUBLIC_URL: host, PLANS: plans, RUNS_SQL: "yes" }),
    "without SQL": await start(floor, "of-floor-without", { PUBLIC_URL: host, PLANS: plans, RUNS_SQL: "no" }),
    bare: await start(await bundleOf(folder, "bare"), "of-bare"),
    empty: await start(await bundleOf(folder, "empty"), "of-empty"),
  };
  try {
    return await inTurns(sides, prepared, rounds);
  } finally {
    for (const { worker, sender } of Object.values(sides)) {
      sender.close();
      await worker.stop();
    }
  }
}

async function inTurns(sides: Record<SideName, Side>, prepared: Prepared, rounds: number): Promise<Measured> {
  const measured = Object.fromEntries(
    kinds.map((kind) => [kind, Object.fromEntries(SIDES.map((side) => [side, [] as Block[]]))]),
  ) as Record<Kind, Record<SideName, Block[]>>;
  for (let round = 0; round < rounds; round++) {
    for (const kind of kinds) {
      const calls = Array.from({ length: CALLS[kind] }, (_, at) => prepared.call(kind, round * CALLS.writes + at));
      for (const side of round % 2 === 0 ? SIDES : [...SIDES].reverse()) {
        const own = side === "bare" ? calls.map((call) => toBare(kind, call)) : calls;
        const block = await runBlock(sides[side], Array.from({ length: timesOver(kind, side) }, () => own).flat());
        if (round >= WARM_UP) measured[kind][side].push(block);
      }
    }
    console.log(`round ${round + 1} of ${rounds}${round < WARM_UP ? ", to warm up" : ""}`);
    if (round >= WARM_UP) console.log(ratioLines(measured).join("\n"));
  }
  return measured;
}

/** The same request for the one document and the one tool of the bare Worker. */
function toBare(kind: Kind, request: RawRequest): RawRequest {
  if (kind === "lists the tools") return request;
  const body = JSON.parse(request.body ?? "") as { params: Record<string, unknown> };
  const named = kind === "reads an offer" ? { uri: RESOURCE } : { name: TOOL };
  Object.assign(body.params, named);
  const [name = ""] = Object.values(named);
  const headers = { ...request.headers, ...("mcp-name" in request.headers && { "mcp-name": name }) };
  return { ...request, headers, body: JSON.stringify(body) };
}
