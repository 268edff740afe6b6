-- A recorded or withdrawn intent is never deleted.
CREATE TRIGGER product_entitlement_revocation_intents_no_delete BEFORE DELETE ON product_entitlement_revocation_intents
WHEN OLD.status <> 'revocation_intent_ready'
BEGIN
  SELECT RAISE(ABORT, 'revocation intents are append-only');
END;
