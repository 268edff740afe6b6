import type { Figures } from "../../support/tell.ts";
import { type Block, perCall, type Ratio, ratioOf } from "./blocks.ts";
import { type Kind, kinds } from "./prepared.ts";
import { type Measured, SIDES, type SideName } from "./ratios.ts";

/** How much more than the floor a call may take. */
const GOALS: Readonly<Record<Kind, number>> = {
  "lists the tools": 1.2,
  "reads an offer": 1.3,
  "replays a write": 1.3,
  writes: 1.5,
};
const TICK_MS = 10;

const shown = ({ overall, least, most }: Ratio) => `${overall.toFixed(2)} (${least.toFixed(2)} to ${most.toFixed(2)})`;
const totalMs = (blocks: readonly Block[]) => blocks.reduce((sum, { cpuMs }) => sum + cpuMs, 0);

const ratio = (measured: Measured, kind: Kind, above: SideName, below: SideName): Ratio =>
  ratioOf(measured[kind][above], measured[kind][below]);

/** Ours ÷ floor, with the CPU of the SQL taken off both: what is left is that of the code of the two Workers. */
function ratioWithoutSql(measured: Measured, kind: Kind): number {
  const [ours, floor, without] = (["ours", "floor", "without SQL"] as const).map((side) =>
    perCall(measured[kind][side]),
  );
  return ((ours ?? 0) - (floor ?? 0) + (without ?? 0)) / (without ?? 1);
}

/** The figures as lines of text, for the terminal. */
export function ratioLines(measured: Measured): string[] {
  return kinds.map((kind) => {
    const ms = SIDES.map((side) => `${side} ${perCall(measured[kind][side]).toFixed(2)}`).join(", ");
    const [toFloor, toBare, floorToBare] = [
      ratio(measured, kind, "ours", "floor"),
      ratio(measured, kind, "ours", "bare"),
      ratio(measured, kind, "floor", "bare"),
    ].map(shown);
    return `${kind}: ${ms} ms; ours/floor ${toFloor}, ours/bare ${toBare}, floor/bare ${floorToBare}`;
  });
}

/** The figures of the paper. A goal that is missed fails no test. */
export function ratioFigures(measured: Measured): Figures {
  const blocks = kinds.flatMap((kind) => SIDES.map((side) => measured[kind][side]));
  const verdicts = kinds.map((kind) => {
    const { overall } = ratio(measured, kind, "ours", "floor");
    return { kind, overall, goal: GOALS[kind], holds: overall <= GOALS[kind] };
  });
  const counted = SIDES.filter((side) => side !== "empty");
  const smallest = Math.min(...kinds.flatMap((kind) => counted.map((side) => totalMs(measured[kind][side]))));
  return {
    counts: { calls: blocks.flat().reduce((sum, { calls }) => sum + calls, 0) },
    values: {
      ...Object.fromEntries(verdicts.map(({ kind, overall }) => [`ours ÷ floor, ${kind}`, Number(overall.toFixed(2))])),
      "a tick of the clock, % of the smallest figure": Number(((100 * TICK_MS) / smallest).toFixed(1)),
    },
    tables: {
      "Ratios of the CPU of a call: over all rounds, and the range of single rounds": {
        columns: [
          "a client",
          "ours ÷ floor",
          "goal",
          "verdict",
          "ours ÷ bare",
          "floor ÷ bare",
          "ours ÷ floor, both without the SQL",
        ],
        rows: verdicts.map(({ kind, goal, holds }) => [
          kind,
          shown(ratio(measured, kind, "ours", "floor")),
          goal,
          holds ? "holds" : "does not hold",
          shown(ratio(measured, kind, "ours", "bare")),
          shown(ratio(measured, kind, "floor", "bare")),
          ratioWithoutSql(measured, kind).toFixed(2),
        ]),
      },
      "CPU of a call, in milliseconds of a process that runs D1 and KV, too": {
        columns: ["a client", "ours", "floor", "floor without its SQL", "bare", "a Worker that does nothing"],
        rows: kinds.map((kind) => [kind, ...SIDES.map((side) => perCall(measured[kind][side]).toFixed(2))]),
      },
    },
    misses: verdicts
      .filter(({ holds }) => !holds)
      .map(
        ({ kind, overall, goal }) => `a client ${kind}: ${overall.toFixed(2)} times the floor, and the goal is ${goal}`,
      ),
  };
}
