import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { unchanged } from "../support/database-state.ts";
import { inexactTexts, textEdits } from "../support/inexact-texts.ts";
import { holds } from "../support/random.ts";
import { size } from "../support/size.ts";
import { tell } from "../support/tell.ts";
import { createWorld, type World } from "../support/world.ts";
import { READY_WRITES } from "./ready-writes.ts";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});

/** How many texts that are nearly exact each write is sent. */
const TEXTS = size({ ci: 30, part: 500 });

/** A look-alike of one kind, or one to three edits at random places, half of them upon a look-alike. */
const nearly = fc
  .record({
    kind: fc.option(fc.nat()),
    edits: fc.array(textEdits, { maxLength: 3 }),
    mcp: fc.boolean(),
  })
  .map(({ kind, edits, mcp }) => ({
    mcp,
    of(exact: string): string {
      const looks = Object.values(inexactTexts(exact));
      const from = kind === null ? exact : (looks[kind % looks.length] ?? exact);
      return edits.reduce((text, edit) => edit(text), from);
    },
  }));

test.for(READY_WRITES.map((it) => [it.write.name, it] as const))(
  "%s: no text but the exact one confirms, and none is told",
  { timeout: 3_600_000 },
  async ([name, it], { task }) => {
    const doors = await it.open(world, it.actor);
    const { input, confirmationText: exact, ...envelope } = await it.ready(world, it.actor);
    const call = { ...input, ...envelope, idempotencyKey: `inexact-${name}` };
    let [mutations, accepted] = [0, 0];
    const tried = new Set<string>();
    const before = await world.all("SELECT id FROM operations");
    await unchanged(
      world,
      () =>
        holds(`${name}, nearly exact texts`, nearly, { runs: TEXTS }, async ({ mcp, of }) => {
          const confirmationText = of(exact);
          if (confirmationText === exact) return;
          await world.db.exec("DELETE FROM bound_counts");
          const answer = await (mcp ? doors.mcp : doors.http)({ ...call, confirmationText });
          mutations += 1;
          tried.add(confirmationText);
          if (answer.code === undefined) accepted += 1;
          expect(answer.code, JSON.stringify(confirmationText)).toBe("confirmation_mismatch");
          if (!confirmationText.includes(exact)) expect(answer.text).not.toContain(exact);
        }),
      ["bound_counts"],
    );
    expect(await world.all("SELECT id FROM operations")).toEqual(before);
    // And the exact one is good: what was refused had nothing else wrong with it.
    const done = await doors.http({ ...call, confirmationText: exact });
    expect(done.code, done.text).toBeUndefined();
    expect(tried.size).toBeGreaterThan(TEXTS / 2);
    tell(task, "S2", { counts: { mutations, "different texts": tried.size, accepted } });
  },
);
