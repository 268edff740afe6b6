-- REPLACE and UPSERT would change a row without an UPDATE or DELETE trigger firing, so what is there is refused; the seeds may repeat their readiness.
CREATE TRIGGER product_entitlement_revocation_intents_no_replace BEFORE INSERT ON product_entitlement_revocation_intents
WHEN EXISTS (SELECT 1 FROM product_entitlement_revocation_intents WHERE owner_user_id = NEW.owner_user_id AND id = NEW.id
    AND (status <> 'revocation_intent_ready' OR NEW.status <> 'revocation_intent_ready'))
  OR EXISTS (SELECT 1 FROM product_entitlement_revocation_intents WHERE owner_user_id = NEW.owner_user_id AND closes_intent_id = NEW.closes_intent_id)
BEGIN
  SELECT RAISE(ABORT, 'revocation intents are append-only');
END;
