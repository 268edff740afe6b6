-- Counts a click as it is written.
CREATE TRIGGER affiliate_referral_clicks_count AFTER INSERT ON affiliate_referral_clicks
BEGIN
  INSERT INTO referral_click_totals (owner_user_id, referral_link_id, referral_code, partner_id, destination_route, total_clicks, last_click_at)
  VALUES (NEW.owner_user_id, NEW.referral_link_id, NEW.referral_code, NEW.partner_id, NEW.destination_route, 1, NEW.clicked_at)
  ON CONFLICT DO UPDATE SET total_clicks = total_clicks + 1, last_click_at = max(last_click_at, excluded.last_click_at);
END;
