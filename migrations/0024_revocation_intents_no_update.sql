-- A recorded or withdrawn intent is never edited. The seeded readiness follows the seeds, and stays one: OR REPLACE could put it in place of another row.
CREATE TRIGGER product_entitlement_revocation_intents_no_update BEFORE UPDATE ON product_entitlement_revocation_intents
WHEN OLD.status <> 'revocation_intent_ready' OR NEW.status <> 'revocation_intent_ready'
  OR NEW.owner_user_id <> OLD.owner_user_id OR NEW.id <> OLD.id OR NEW.closes_intent_id IS NOT NULL
BEGIN
  SELECT RAISE(ABORT, 'revocation intents are append-only');
END;
