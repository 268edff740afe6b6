-- A decision is final: none is changed.
CREATE TRIGGER checkout_post_purchase_decisions_no_update BEFORE UPDATE ON checkout_post_purchase_decisions
BEGIN
  SELECT RAISE(ABORT, 'decisions are append-only');
END;
