-- A recorded or withdrawn intent is never edited; only the seeded readiness follows the seeds.
CREATE TRIGGER product_entitlement_revocation_intents_no_update BEFORE UPDATE ON product_entitlement_revocation_intents
WHEN OLD.status <> 'revocation_intent_ready'
BEGIN
  SELECT RAISE(ABORT, 'revocation intents are append-only');
END;
