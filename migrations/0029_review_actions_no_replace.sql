-- REPLACE and UPSERT would change a row without an UPDATE or DELETE trigger firing, so an existing key is refused.
CREATE TRIGGER affiliate_commission_ledger_actions_no_replace BEFORE INSERT ON affiliate_commission_ledger_actions
WHEN EXISTS (SELECT 1 FROM affiliate_commission_ledger_actions WHERE owner_user_id = NEW.owner_user_id AND id = NEW.id)
BEGIN
  SELECT RAISE(ABORT, 'review actions are append-only');
END;
