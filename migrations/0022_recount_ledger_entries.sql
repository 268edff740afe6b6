-- Moves an entry between the totals when its statuses change. The group that it leaves goes when empty.
CREATE TRIGGER affiliate_commission_ledger_entries_recount AFTER UPDATE OF ledger_status, review_status, payout_status ON affiliate_commission_ledger_entries
WHEN OLD.ledger_status <> NEW.ledger_status OR OLD.review_status <> NEW.review_status OR OLD.payout_status <> NEW.payout_status
BEGIN
  UPDATE commission_ledger_totals SET total_ledgers = total_ledgers - 1,
    total_source_checkout_amount_cents = total_source_checkout_amount_cents - OLD.source_checkout_amount_cents,
    total_commission_cents = total_commission_cents - OLD.commission_cents,
    last_created_at = coalesce((SELECT max(entry.created_at) FROM affiliate_commission_ledger_entries AS entry
      WHERE entry.owner_user_id = OLD.owner_user_id AND entry.referral_link_id = OLD.referral_link_id AND entry.referral_code = OLD.referral_code
        AND entry.partner_id = OLD.partner_id AND entry.ledger_status = OLD.ledger_status AND entry.review_status = OLD.review_status
        AND entry.payout_status = OLD.payout_status), last_created_at)
  WHERE owner_user_id = OLD.owner_user_id AND referral_link_id = OLD.referral_link_id AND referral_code = OLD.referral_code AND partner_id = OLD.partner_id
    AND ledger_status = OLD.ledger_status AND review_status = OLD.review_status AND payout_status = OLD.payout_status;
  DELETE FROM commission_ledger_totals
  WHERE owner_user_id = OLD.owner_user_id AND referral_link_id = OLD.referral_link_id AND referral_code = OLD.referral_code AND partner_id = OLD.partner_id
    AND ledger_status = OLD.ledger_status AND review_status = OLD.review_status AND payout_status = OLD.payout_status AND total_ledgers = 0;
  INSERT INTO commission_ledger_totals (owner_user_id, referral_link_id, referral_code, partner_id, ledger_status, review_status, payout_status, total_ledgers, total_source_checkout_amount_cents, total_commission_cents, last_created_at)
  VALUES (NEW.owner_user_id, NEW.referral_link_id, NEW.referral_code, NEW.partner_id, NEW.ledger_status, NEW.review_status, NEW.payout_status, 1, NEW.source_checkout_amount_cents, NEW.commission_cents, NEW.created_at)
  ON CONFLICT DO UPDATE SET total_ledgers = total_ledgers + 1,
    total_source_checkout_amount_cents = total_source_checkout_amount_cents + excluded.total_source_checkout_amount_cents,
    total_commission_cents = total_commission_cents + excluded.total_commission_cents,
    last_created_at = max(last_created_at, excluded.last_created_at);
END;
