-- A review action is final: none is deleted.
CREATE TRIGGER affiliate_commission_ledger_actions_no_delete BEFORE DELETE ON affiliate_commission_ledger_actions
BEGIN
  SELECT RAISE(ABORT, 'review actions are append-only');
END;
