-- A decision is final: none is deleted.
CREATE TRIGGER checkout_post_purchase_decisions_no_delete BEFORE DELETE ON checkout_post_purchase_decisions
BEGIN
  SELECT RAISE(ABORT, 'decisions are append-only');
END;
