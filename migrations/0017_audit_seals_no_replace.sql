-- A number is taken once; of two runs at once the second finds it taken, in words that a guard uses.
CREATE TRIGGER audit_seals_no_replace BEFORE INSERT ON audit_seals
WHEN EXISTS (SELECT 1 FROM audit_seals WHERE owner_user_id = NEW.owner_user_id AND number = NEW.number)
BEGIN
  SELECT RAISE(ABORT, 'guard:sealed_already');
END;
