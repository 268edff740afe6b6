-- Counts a decision as it is written.
CREATE TRIGGER checkout_post_purchase_decisions_count AFTER INSERT ON checkout_post_purchase_decisions
BEGIN
  INSERT INTO post_purchase_decision_totals (owner_user_id, offer_stack_id, presented_offer_id, decision_kind, total_decisions, last_created_at)
  VALUES (NEW.owner_user_id, NEW.offer_stack_id, NEW.presented_offer_id, NEW.decision_kind, 1, NEW.created_at)
  ON CONFLICT DO UPDATE SET total_decisions = total_decisions + 1, last_created_at = max(last_created_at, excluded.last_created_at);
END;
