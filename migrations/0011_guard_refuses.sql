-- Aborts the whole batch with the code of the guard that did not hold.
CREATE TRIGGER guard_code_refuses INSTEAD OF INSERT ON guard_code WHEN NEW.ok IS NOT 1
BEGIN
  SELECT RAISE(ABORT, 'guard:' || NEW.code);
END;
