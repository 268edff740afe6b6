-- A review action is final: none is changed.
CREATE TRIGGER affiliate_commission_ledger_actions_no_update BEFORE UPDATE ON affiliate_commission_ledger_actions
BEGIN
  SELECT RAISE(ABORT, 'review actions are append-only');
END;
