-- Counts an entry and its amounts as it is written.
CREATE TRIGGER affiliate_commission_ledger_entries_count AFTER INSERT ON affiliate_commission_ledger_entries
BEGIN
  INSERT INTO commission_ledger_totals (owner_user_id, referral_link_id, referral_code, partner_id, ledger_status, review_status, payout_status, total_ledgers, total_source_checkout_amount_cents, total_commission_cents, last_created_at)
  VALUES (NEW.owner_user_id, NEW.referral_link_id, NEW.referral_code, NEW.partner_id, NEW.ledger_status, NEW.review_status, NEW.payout_status, 1, NEW.source_checkout_amount_cents, NEW.commission_cents, NEW.created_at)
  ON CONFLICT DO UPDATE SET total_ledgers = total_ledgers + 1,
    total_source_checkout_amount_cents = total_source_checkout_amount_cents + excluded.total_source_checkout_amount_cents,
    total_commission_cents = total_commission_cents + excluded.total_commission_cents,
    last_created_at = max(last_created_at, excluded.last_created_at);
END;
