import { sessionActor } from "../auth/session-actor.ts";
import { replayEvent } from "../commerce/purchase/replay-event.ts";
import { typesToHear, unheardTypes } from "../commerce/purchase/unheard-types.ts";
import { eventReasonWords, MODE_WORDS } from "../commerce/words.ts";
import { SHOWN } from "../db/console.ts";
import { contradictedEvents } from "../db/event-contradictions.ts";
import { heardTypes } from "../db/event-types.ts";
import type { EventRow } from "../db/webhook-events.ts";
import { eventsWithStatus } from "../db/webhook-events.ts";
import { Table } from "../pages/elements.tsx";
import { When } from "../pages/locale.tsx";
import { RowForm } from "./confirmed-form.tsx";
import { type ConsolePage, consolePage, readRows } from "./console-page.tsx";
import { Id, OrderLink } from "./elements.tsx";
import type { Visit } from "./visit.tsx";

/** Stripe events that failed or are blocked, each with its private reason and a button that replays it. */
export const webhooksPage: ConsolePage = {
  path: "/owner/webhooks",
  async show(visit, refusal) {
    const { ctx } = visit.site;
    const { rows, business } = await readRows(visit, {
      failed: eventsWithStatus(ctx, "failed", SHOWN),
      blocked: eventsWithStatus(ctx, "blocked", SHOWN),
      contradicted: contradictedEvents(ctx, SHOWN),
      types: heardTypes(ctx),
    });
    const unheard = unheardTypes(rows.types);
    const content = (
      <>
        <h2>Failed</h2>
        <p class="soft">The scheduled run tries them again, at growing intervals.</p>
        <Events label="Failed events" visit={visit} events={rows.failed} />
        <h2>Blocked</h2>
        <p class="soft">They contradict what was sold. They changed nothing and wait for you.</p>
        <Events label="Blocked events" visit={visit} events={rows.blocked} />
        <h2>Contradicted</h2>
        <p class="soft">
          They came again under the same id with other content. The first arrival counts. Compare it with the event at
          Stripe: if Stripe sent only one of the two, replace the signing secret of the endpoint.
        </p>
        <Table
          label="Contradicted events"
          head={["Type", "Stripe mode", "Status", "Contradicted", "Order", "Reference"]}
          empty="None."
          rows={rows.contradicted.map(({ event, cameAt }) => [
            event.eventType,
            MODE_WORDS[event.livemode === 1 ? "live" : "sandbox"],
            event.status,
            <When at={cameAt} />,
            <OrderLink id={event.checkoutIntentId} />,
            <Id of={event.reference} />,
          ])}
        />
        <h2>Handled types</h2>
        <Table
          label="Handled types"
          head={["Type", "Last delivered", "What to do"]}
          empty="None."
          rows={typesToHear(rows.types, ctx.parts).map(({ eventType, lastDeliveredAt }) => [
            <code>{eventType}</code>,
            lastDeliveredAt === null ? "never" : <When at={lastDeliveredAt} />,
            unheard.find((type) => type.eventType === eventType)?.whatToDo ?? "",
          ])}
        />
      </>
    );
    return consolePage(visit, { title: "Stripe events", business, content, refusal });
  },

  async submit({ fields }, visit) {
    const { person, site } = visit;
    await replayEvent(fields.get("reference") ?? "", sessionActor(person, site.ctx), site.ctx);
    return `${visit.url.pathname}?done=looked`;
  },
};

function Events({ label, visit, events }: { label: string; visit: Visit; events: readonly EventRow[] }) {
  return (
    <Table
      label={label}
      head={["Type", "Stripe mode", "Reason", "Attempts", "Received", "Order", "Replay", "Reference"]}
      empty="None."
      rows={events.map((event) => [
        event.eventType,
        MODE_WORDS[event.livemode === 1 ? "live" : "sandbox"],
        event.error === null ? "" : eventReasonWords(event.error),
        String(event.attempts),
        <When at={event.receivedAt} />,
        <OrderLink id={event.checkoutIntentId} />,
        <RowForm
          visit={visit}
          hidden={{ reference: event.reference }}
          button="Replay"
          label={`Replay ${event.reference}`}
        />,
        <Id of={event.reference} />,
      ])}
    />
  );
}
