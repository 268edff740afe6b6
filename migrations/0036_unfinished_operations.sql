-- Operations that are not finished yet, of which there are few.
CREATE INDEX operations_unfinished ON operations (owner_user_id, created_at) WHERE status IN ('pending', 'outcome_unknown');
