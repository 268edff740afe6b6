import type { Figures } from "../../support/tell.ts";
import { type Block, perCall, ratioOf, type Spread } from "./blocks.ts";
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

const shown = ({ median, least, most }: Spread) => `${median.toFixed(2)} (${least.toFixed(2)} to ${most.toFixed(2)})`;
const totalMs = (blocks: readonly Block[]) => blocks.reduce((sum, { cpuMs }) => sum + cpuMs, 0);

/** The ratio over all rounds, and its range over single rounds. */
const ratio = (measured: Measured, kind: Kind, above: SideName, below: SideName): Spread =>
  ratioOf(measured[kind][above], measured[kind][below]);

/** Ours ÷ floor with the time of the SQL taken from both: what is left is the code of the two Workers. */
function ratioBesideSql(measured: Measured, kind: Kind): number {
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
    const { median } = ratio(measured, kind, "ours", "floor");
    return { kind, median, goal: GOALS[kind], holds: median <= GOALS[kind] };
  });
  const counted = SIDES.filter((side) => side !== "empty");
  const smallest = Math.min(...kinds.flatMap((kind) => counted.map((side) => totalMs(measured[kind][side]))));
  return {
    counts: { calls: blocks.flat().reduce((sum, { calls }) => sum + calls, 0) },
    values: {
      ...Object.fromEntries(verdicts.map(({ kind, median }) => [`ours ÷ floor, ${kind}`, Number(median.toFixed(2))])),
      "a tick of the clock, % of the smallest figure": Number(((100 * TICK_MS) / smallest).toFixed(1)),
    },
    tables: {
      "CPU of a call against two levels, the median and the range of rounds": {
        columns: [
          "a client",
          "ours ÷ floor",
          "goal",
          "verdict",
          "ours ÷ bare",
          "floor ÷ bare",
          "ours ÷ floor, beside the SQL",
        ],
        rows: verdicts.map(({ kind, goal, holds }) => [
          kind,
          shown(ratio(measured, kind, "ours", "floor")),
          goal,
          holds ? "holds" : "does not hold",
          shown(ratio(measured, kind, "ours", "bare")),
          shown(ratio(measured, kind, "floor", "bare")),
          ratioBesideSql(measured, kind).toFixed(2),
        ]),
      },
      "CPU of a call, in milliseconds of the process: D1 and KV run in it too": {
        columns: ["a client", "ours", "floor", "floor without its SQL", "bare", "a Worker that does nothing"],
        rows: kinds.map((kind) => [kind, ...SIDES.map((side) => perCall(measured[kind][side]).toFixed(2))]),
      },
    },
    misses: verdicts
      .filter(({ holds }) => !holds)
      .map(
        ({ kind, median, goal }) => `a client ${kind}: ${median.toFixed(2)} times the floor, and the goal is ${goal}`,
      ),
  };
}
