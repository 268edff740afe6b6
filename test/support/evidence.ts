import { createCommissionEvidence } from "../../tools/create-commission-evidence.ts";
import { type Person, sharedDoors } from "./doors.ts";
import { sale, versionOf } from "./sale.ts";
import { BUYER, type World } from "./world.ts";

let keys = 0;

/** A ledger entry of a new sale, recorded by the person's agent. */
export async function evidence(
  world: World,
  person: Person = BUYER,
  idempotencyKey = `evidence-of-${++keys}`,
): Promise<{ commissionLedgerId: string; updatedAt: string }> {
  const doors = await sharedDoors(world, createCommissionEvidence, person);
  const { checkoutIntentId } = await sale(world, { person, referred: true, outcome: "none" });
  const answer = await doors.http({
    checkoutIntentId,
    confirmationText: "Create review-only commission evidence for Bumpgrade sandbox checkout",
    expectedUpdatedAt: await versionOf(world, checkoutIntentId),
    idempotencyKey,
  });
  if (answer.code !== undefined) throw new Error(`refused: ${answer.text}`);
  return answer.body.result as { commissionLedgerId: string; updatedAt: string };
}
