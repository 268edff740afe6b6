import type { PropsWithChildren } from "hono/jsx";
import { FORM_TOKEN } from "../auth/forms.ts";
import { orderNumberOf } from "../base/order-number.ts";
import { isoTime } from "../base/time.ts";
import { cancelCall, cancelPath, orderPath, payPath, waysOf } from "../commerce/checkout/ways.ts";
import { ROUTES } from "../commerce/routes.ts";
import type { IntentRow, pricedLinesOf } from "../db/checkouts.ts";
import type { BusinessRow } from "../db/operations.ts";
import type { Context } from "../kernel/context.ts";
import { Notice } from "../pages/form-parts.tsx";
import { OwnWords } from "../pages/locale.tsx";
import { OrderWays, ShownConfirmation } from "../pages/order-ways.tsx";
import type { StartFault } from "./start-order.ts";

/** The token of a signed-in person's forms, and the fields of a form that may be sent again. */
export interface Starter {
  readonly token: string;
  readonly sent: StartFault["sent"];
}

/** One button that starts one order, with the text that it confirms above it. */
export function StartForm(
  props: PropsWithChildren<{
    action: string;
    form: Starter;
    text: string;
    /** The version of what is sold, as it is shown here. */
    version: number;
    /** What is bought, by the names of the form's fields. */
    wish: Readonly<Record<string, string>>;
    primary?: boolean;
  }>,
) {
  const { wish, form } = props;
  const expectedUpdatedAt = isoTime(props.version);
  const own = { ...wish, expectedUpdatedAt };
  const sent = form.sent;
  // The same form has the same key: a double click, or a second try, is one order.
  const isSame = sent && WISHES.every((name) => sent[name] === (own as Record<string, string>)[name]);
  const idempotencyKey = (isSame && sent.idempotencyKey) || `page-${crypto.randomUUID()}`;
  return (
    <ShownConfirmation
      action={props.action}
      text={props.text}
      fields={{ [FORM_TOKEN]: form.token, ...own, idempotencyKey }}
    >
      <button type="submit" class={props.primary ? "primary" : ""}>
        {props.children}
      </button>
    </ShownConfirmation>
  );
}

/** The fields by which a form that was sent is known again. */
const WISHES = ["planSlug", "includeSetup", "offerId", "orderBumpIds", "expectedUpdatedAt"] as const;

/** Why a start was refused, above its page. */
export function StartRefusal({ fault }: { fault: StartFault }) {
  return (
    <Notice kind="bad">
      {fault.words}
      {fault.openOrders && (
        <>
          {" "}
          <a href={ROUTES.accountOrders}>Your orders</a>
        </>
      )}
    </Notice>
  );
}

/** The place of an open order on its page. */
export const openOrderAnchor = (id: string): string => `open-order-${orderNumberOf(id)}`;

/** A person's order that is not paid yet, with its ways on. */
export function OpenOrder(props: {
  intent: IntentRow;
  lines: Awaited<ReturnType<typeof pricedLinesOf>>;
  business: BusinessRow;
  formToken: string;
  ctx: Context;
}) {
  const { intent, lines, business, formToken, ctx } = props;
  const ways = waysOf(intent, ctx);
  const call = ways.cancel ? cancelCall(intent, lines, business) : undefined;
  return (
    <section class="card" id={openOrderAnchor(intent.id)} aria-label={`Open order ${orderNumberOf(intent.id)}`}>
      <p>
        {ways.pay ? "You have an open order: " : "You have an order that is being prepared: "}
        <strong>
          <OwnWords>{lines.map(({ line }) => line.name).join(", ")}</OwnWords>
        </strong>{" "}
        (<a href={orderPath(intent.id)}>{`order ${orderNumberOf(intent.id)}`}</a>)
      </p>
      <OrderWays
        pay={ways.pay ? payPath(intent.id) : undefined}
        cancel={
          call && {
            action: cancelPath(intent.id),
            text: call.text,
            fields: { ...call.fields, [FORM_TOKEN]: formToken },
          }
        }
      />
    </section>
  );
}
