-- REPLACE and UPSERT would change a row without an UPDATE or DELETE trigger firing, so an existing key, and a second answer to an offer, are refused.
CREATE TRIGGER checkout_post_purchase_decisions_no_replace BEFORE INSERT ON checkout_post_purchase_decisions
WHEN EXISTS (SELECT 1 FROM checkout_post_purchase_decisions WHERE owner_user_id = NEW.owner_user_id AND id = NEW.id)
  OR EXISTS (SELECT 1 FROM checkout_post_purchase_decisions
    WHERE owner_user_id = NEW.owner_user_id AND checkout_intent_id = NEW.checkout_intent_id AND presented_offer_id = NEW.presented_offer_id)
BEGIN
  SELECT RAISE(ABORT, 'decisions are append-only');
END;
