-- A guard inside a batch: INSERT INTO guard_code SELECT changes() = 1, a code. Stores nothing.
CREATE VIEW guard_code (ok, code) AS SELECT 1, NULL WHERE 0;
