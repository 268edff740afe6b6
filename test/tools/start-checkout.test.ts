import { startCheckout } from "../../tools/start-checkout.ts";
import { describeConfirmedWrite } from "../support/describe-confirmed-write.ts";
import { BUYER, OWNER } from "../support/world.ts";

const OFFER = "sandbox-launch-pass";

describeConfirmedWrite(startCheckout, {
  actor: BUYER,
  other: OWNER,
  async ready(world) {
    const { confirmationText, updatedAt } = (await world.read(`commerce://offers/${OFFER}`)) as Record<string, string>;
    return { input: { offerId: OFFER }, confirmationText: confirmationText ?? "", expectedUpdatedAt: updatedAt ?? "" };
  },
  otherInput: () => ({ orderBumpIds: [] }),
  absent: () => ({ offerId: "sandbox-launch-pass-2" }),
  async move(world) {
    await world.db.exec("UPDATE stack_offers SET updated_at = updated_at + 1");
  },
  effects: async (world) => (await world.sandbox.sessions()).length,
  result: [
    "checkoutIntentId",
    "checkoutUrl",
    "expiresAt",
    "amountCents",
    "currency",
    "stripeMode",
    "status",
    "updatedAt",
    "otherOpenCheckouts?",
  ],
  audit: ["checkout_intent_created", "checkout_session_created"],
  trips: { first: 3, replay: 1 },
  async otherWrite(world, person, idempotencyKey) {
    // The row as another write would have claimed it.
    await world.db
      .prepare(
        `INSERT INTO operations (id, owner_user_id, actor_id, actor_kind, client_id, client_declared, grant_id, idempotency_key,
         write_name, fingerprint, status, proof, subject_id, subject_updated_at, confirmation_text, audit_correlation_id,
         answer_sealed, arguments_sealed, created_at, updated_at, answer_removed_at)
         SELECT 'operation-of-another-write', owner_user_id, actor_id, actor_kind, client_id, client_declared, grant_id, ?,
         'another_write', fingerprint, status, proof, subject_id, subject_updated_at, confirmation_text, audit_correlation_id,
         answer_sealed, arguments_sealed, created_at, updated_at, answer_removed_at FROM operations WHERE actor_id = (SELECT id FROM user WHERE email = ?) LIMIT 1`,
      )
      .bind(idempotencyKey, person.email)
      .run();
  },
});
