import { createCommissionEvidence } from "../../tools/create-commission-evidence.ts";
import { bearerDoors, type Doors, type Person } from "./doors.ts";
import { sale, versionOf } from "./sale.ts";
import { BUYER, type World } from "./world.ts";

const doors = new WeakMap<World, Map<string, Promise<Doors>>>();
let keys = 0;

/** A ledger entry of a new sale, recorded by the person's agent. */
export async function evidence(
  world: World,
  person: Person = BUYER,
  idempotencyKey = `evidence-of-${++keys}`,
): Promise<{ commissionLedgerId: string; updatedAt: string }> {
  const known = doors.get(world) ?? new Map<string, Promise<Doors>>();
  doors.set(world, known);
  const opened = known.get(person.email) ?? bearerDoors(world, createCommissionEvidence, person);
  known.set(person.email, opened);
  const { checkoutIntentId } = await sale(world, { person, referred: true, outcome: "none" });
  const answer = await (await opened).http({
    checkoutIntentId,
    confirmationText: "Create review-only commission evidence for Bumpgrade sandbox checkout",
    expectedUpdatedAt: await versionOf(world, checkoutIntentId),
    idempotencyKey,
  });
  if (answer.code !== undefined) throw new Error(`refused: ${answer.text}`);
  return answer.body.result as { commissionLedgerId: string; updatedAt: string };
}
