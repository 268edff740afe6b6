-- When Stripe itself brought an event, also one that its list had told of before; null while it has not.
ALTER TABLE stripe_webhook_events ADD COLUMN delivered_at INTEGER;
UPDATE stripe_webhook_events SET delivered_at = received_at WHERE came_by = 'webhook';
DROP INDEX stripe_webhook_events_received;
CREATE INDEX stripe_webhook_events_delivered ON stripe_webhook_events (owner_user_id, delivered_at) WHERE delivered_at IS NOT NULL;
CREATE INDEX stripe_webhook_events_missed ON stripe_webhook_events (owner_user_id, received_at) WHERE delivered_at IS NULL;
