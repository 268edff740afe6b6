-- Whether a session was opened with the person's second factor. Written by sign-in, and by setting a factor up.
ALTER TABLE session ADD COLUMN second_factor INTEGER DEFAULT false NOT NULL;
