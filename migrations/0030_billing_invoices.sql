-- A paid invoice of a subscription that names a checkout of a plan, one row an invoice. Written by the webhook and by looks at Stripe.
CREATE TABLE billing_invoices (
  owner_user_id TEXT NOT NULL,
  stripe_invoice_id TEXT NOT NULL,
  stripe_subscription_id TEXT NOT NULL,
  checkout_intent_id TEXT NOT NULL,
  period_start INTEGER NOT NULL,
  period_end INTEGER NOT NULL,
  amount_cents INTEGER NOT NULL,
  currency TEXT NOT NULL,
  PRIMARY KEY (owner_user_id, stripe_invoice_id),
  FOREIGN KEY (owner_user_id, checkout_intent_id) REFERENCES checkout_intents(owner_user_id, id),
  CONSTRAINT billing_invoices_amount CHECK (amount_cents >= 0)
) STRICT, WITHOUT ROWID;
CREATE INDEX billing_invoices_subscription ON billing_invoices (owner_user_id, stripe_subscription_id, period_start);
CREATE INDEX billing_invoices_intent ON billing_invoices (owner_user_id, checkout_intent_id);

-- What was paid, which a contradicted checkout has to have back: it may differ from what was confirmed.
ALTER TABLE checkout_intents ADD COLUMN paid_cents INTEGER;
CREATE INDEX checkout_intents_plans ON checkout_intents (owner_user_id, buyer_user_id, created_at, id) WHERE plan_slug IS NOT NULL;

-- A subscription is a checkout's by the word of the checkout's session; what only claims so is nobody's.
CREATE INDEX billing_subscriptions_intent ON billing_subscriptions (owner_user_id, checkout_intent_id);
UPDATE billing_subscriptions SET buyer_user_id = NULL, plan_slug = NULL, product_id = NULL, price_id = NULL
  WHERE NOT EXISTS (SELECT 1 FROM checkout_intents WHERE checkout_intents.owner_user_id = billing_subscriptions.owner_user_id
    AND checkout_intents.id = billing_subscriptions.checkout_intent_id
    AND checkout_intents.stripe_subscription_id = billing_subscriptions.stripe_subscription_id);
