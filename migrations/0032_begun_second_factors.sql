-- A second factor that is begun belongs to the session that began it; one that is in force stands in a table of its own.
-- The secret that a session was shown, until its app has proven it. Written by the person's account page, ends with the session.
CREATE TABLE begun_second_factors (
  session_id TEXT PRIMARY KEY NOT NULL,
  secret_sealed TEXT NOT NULL,
  FOREIGN KEY (session_id) REFERENCES session(id) ON DELETE CASCADE
) STRICT;

-- The secret that a person's app makes codes from. Written by the person's account page, and by sign-in.
CREATE TABLE second_factors_next (
  user_id TEXT PRIMARY KEY NOT NULL,
  secret_sealed TEXT NOT NULL,
  confirmed_at INTEGER NOT NULL,
  last_step INTEGER DEFAULT 0 NOT NULL,
  failures INTEGER DEFAULT 0 NOT NULL,
  locked_until INTEGER,
  FOREIGN KEY (user_id) REFERENCES user(id) ON DELETE CASCADE,
  CONSTRAINT second_factors_failures CHECK (failures >= 0)
) STRICT;
INSERT INTO second_factors_next (user_id, secret_sealed, confirmed_at, last_step, failures, locked_until) SELECT user_id, secret_sealed, confirmed_at, last_step, failures, locked_until FROM second_factors WHERE confirmed_at IS NOT NULL;
DROP TABLE second_factors;
ALTER TABLE second_factors_next RENAME TO second_factors;
