import { ACTOR_WORDS, subjectStatusWords } from "../commerce/words.ts";
import type { IntentRow } from "../db/checkouts.ts";
import type { TimelineEntry } from "../db/order-timeline.ts";
import type { AUDIT_EVENT_KINDS } from "../db/schema/vocabulary.ts";
import type { Parts } from "../kernel/parts.ts";
import { Table } from "../pages/elements.tsx";
import { When } from "../pages/locale.tsx";
import { EVENT_STATUS_WORDS, ORDER_WORDS, STRIPE_EVENT_WORDS } from "./order-words.ts";

type AuditEventKind = (typeof AUDIT_EVENT_KINDS)[number];

/** What happened to an order, newest first: Stripe's events as they came, and what was recorded of each change. */
export function Timeline(props: { entries: readonly TimelineEntry[]; intent: IntentRow; parts: Parts }) {
  const { entries, intent, parts } = props;
  const told = entries.filter((entry) => entry.kind === "event" || isOfUsedPart(entry.row.eventKind, parts));
  return (
    <Table
      label="Timeline"
      head={["When", "What", "Now", "By"]}
      empty="Nothing happened before this."
      rows={told.map((entry) => [<When at={entry.createdAt} />, ...cellsOf(entry, intent)])}
    />
  );
}

/** False for what was recorded of a part that the business no longer uses. */
function isOfUsedPart(eventKind: AuditEventKind, parts: Parts): boolean {
  return parts.has("affiliates") || !AFFILIATE_EVENTS.has(eventKind);
}

const AFFILIATE_EVENTS: ReadonlySet<AuditEventKind> = new Set([
  "checkout_referral_attribution_attached",
  "affiliate_commission_ledger_review_only_created",
  "affiliate_commission_ledger_owner_review_action",
]);

function cellsOf(entry: TimelineEntry, intent: IntentRow) {
  if (entry.kind === "event") {
    const { eventType, status } = entry.row;
    const words = STRIPE_EVENT_WORDS[eventType as keyof typeof STRIPE_EVENT_WORDS] ?? "Stripe told something else";
    const state = EVENT_STATUS_WORDS[status];
    const waits = status === "blocked" || status === "failed";
    return [words, waits ? <a href="/owner/webhooks">{state}</a> : state, "Stripe"];
  }
  const { summary, subjectId, subjectStatus, actorKind } = entry.row;
  return [summary, statusWords(subjectId, subjectStatus, intent), ACTOR_WORDS[actorKind]];
}

/** The state that an audit row left its subject in; the order's own in the owner's words. */
function statusWords(subjectId: string, status: string | null, intent: IntentRow): string {
  if (status === null) return "";
  const own: Readonly<Record<string, string>> = ORDER_WORDS;
  return (subjectId === intent.id ? own[status] : undefined) ?? subjectStatusWords(subjectId, status);
}
