-- The audit is append-only: no row is changed.
CREATE TRIGGER payment_audit_events_no_update BEFORE UPDATE ON payment_audit_events
BEGIN
  SELECT RAISE(ABORT, 'audit is append-only');
END;
