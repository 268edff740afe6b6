-- The owner's list of people: its page is read from the newest on, however many there are.
CREATE INDEX user_newest ON user (created_at, id) WHERE erased_at IS NULL;
