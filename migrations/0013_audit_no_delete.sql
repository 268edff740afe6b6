-- The audit is append-only: no row is deleted.
CREATE TRIGGER payment_audit_events_no_delete BEFORE DELETE ON payment_audit_events
BEGIN
  SELECT RAISE(ABORT, 'audit is append-only');
END;
