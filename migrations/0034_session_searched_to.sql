-- How far Stripe's sessions were searched for the one of a checkout whose answer was lost: the next search goes on there.
ALTER TABLE checkout_intents ADD COLUMN session_searched_to INTEGER;
