-- Counts an attribution as it is written.
CREATE TRIGGER checkout_referral_attributions_count AFTER INSERT ON checkout_referral_attributions
BEGIN
  INSERT INTO referral_attribution_totals (owner_user_id, referral_link_id, referral_code, partner_id, destination_route, attribution_status, total_checkouts, last_attached_at)
  VALUES (NEW.owner_user_id, NEW.referral_link_id, NEW.referral_code, NEW.partner_id, NEW.destination_route, NEW.attribution_status, 1, NEW.created_at)
  ON CONFLICT DO UPDATE SET total_checkouts = total_checkouts + 1, last_attached_at = max(last_attached_at, excluded.last_attached_at);
END;
