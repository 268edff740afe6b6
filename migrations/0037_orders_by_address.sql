-- A person's orders are found by the hash of the address that paid, however many orders the business has.
CREATE INDEX product_entitlements_email ON product_entitlements (owner_user_id, buyer_email_hash) WHERE buyer_email_hash IS NOT NULL;
CREATE INDEX publisher_plan_entitlements_email ON publisher_plan_entitlements (owner_user_id, buyer_email_hash) WHERE buyer_email_hash IS NOT NULL;
