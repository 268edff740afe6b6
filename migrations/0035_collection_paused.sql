-- Whether a subscription runs while its invoices are not charged. Written by the webhook and by looks at Stripe.
ALTER TABLE billing_subscriptions ADD COLUMN collection_paused INTEGER DEFAULT 0 NOT NULL
  CONSTRAINT billing_subscriptions_collection_paused CHECK (collection_paused IN (0, 1));
