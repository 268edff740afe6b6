-- Most checkouts have no subscription or invoice: an index over what is there is smaller, and the planner takes it.
DROP INDEX checkout_intents_payment;
DROP INDEX checkout_intents_subscription;
DROP INDEX checkout_intents_invoice;
CREATE INDEX checkout_intents_payment ON checkout_intents (owner_user_id, stripe_payment_intent_id) WHERE stripe_payment_intent_id IS NOT NULL;
CREATE INDEX checkout_intents_subscription ON checkout_intents (owner_user_id, stripe_subscription_id) WHERE stripe_subscription_id IS NOT NULL;
CREATE INDEX checkout_intents_invoice ON checkout_intents (owner_user_id, stripe_invoice_id) WHERE stripe_invoice_id IS NOT NULL;
