-- Counts a review action as it is written.
CREATE TRIGGER affiliate_commission_ledger_actions_count AFTER INSERT ON affiliate_commission_ledger_actions
BEGIN
  INSERT INTO commission_review_totals (owner_user_id, referral_link_id, referral_code, partner_id, action_kind, next_ledger_status, next_review_status, next_payout_status, total_actions, last_created_at)
  SELECT NEW.owner_user_id, entry.referral_link_id, entry.referral_code, entry.partner_id, NEW.action_kind, NEW.next_ledger_status, NEW.next_review_status, NEW.next_payout_status, 1, NEW.created_at
  FROM affiliate_commission_ledger_entries AS entry WHERE entry.owner_user_id = NEW.owner_user_id AND entry.id = NEW.commission_ledger_id
  ON CONFLICT DO UPDATE SET total_actions = total_actions + 1, last_created_at = max(last_created_at, excluded.last_created_at);
END;
