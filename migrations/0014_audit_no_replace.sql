-- REPLACE and UPSERT would change a row without an UPDATE or DELETE trigger firing, so an existing key is refused.
CREATE TRIGGER payment_audit_events_no_replace BEFORE INSERT ON payment_audit_events
WHEN EXISTS (SELECT 1 FROM payment_audit_events WHERE owner_user_id = NEW.owner_user_id AND id = NEW.id)
  OR EXISTS (SELECT 1 FROM payment_audit_events WHERE sequence = NEW.sequence)
BEGIN
  SELECT RAISE(ABORT, 'audit is append-only');
END;
