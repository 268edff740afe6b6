-- When Stripe is asked about a checkout next takes the place of when it was asked last: what waits is found by one index, in its turn.
DROP INDEX checkout_intents_check;
ALTER TABLE checkout_intents RENAME COLUMN last_checked_at TO check_at;
UPDATE checkout_intents SET check_at = NULL WHERE status NOT IN ('open', 'completed', 'blocked', 'paid', 'disputed', 'refunded', 'failed') OR (status = 'failed' AND plan_slug IS NULL);
CREATE INDEX checkout_intents_check ON checkout_intents (owner_user_id, stripe_mode, status, check_at) WHERE check_at IS NOT NULL;
