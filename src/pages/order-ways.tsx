import type { PropsWithChildren } from "hono/jsx";
import { CONFIRMATION } from "./confirmation.tsx";
import { HiddenFields } from "./form-parts.tsx";

/** What a page offers to do about an order; a way that its state or its visitor does not have is left out. */
export interface ListedWays {
  /** The address that leads to the open payment page. */
  readonly pay?: string | undefined;
  readonly cancel?: { readonly action: string; readonly text: string; readonly fields: Fields } | undefined;
  /** The address where the same thing is for sale. */
  readonly again?: string | undefined;
}

type Fields = Readonly<Record<string, string>>;

/** *Continue to payment*, *Try again* and *Cancel this order*, those that the order has. */
export function OrderWays({ pay, cancel, again }: ListedWays) {
  return (
    <>
      {(pay || again) && (
        <p class="actions">
          {pay && (
            <a class="button primary" href={pay}>
              Continue to payment
            </a>
          )}
          {again && (
            <a class="button" href={again}>
              Try again
            </a>
          )}
        </p>
      )}
      {cancel && (
        <ShownConfirmation action={cancel.action} text={cancel.text} fields={cancel.fields}>
          <button type="submit">Cancel this order</button>
        </ShownConfirmation>
      )}
    </>
  );
}

/** A form whose confirmation stands above its button, for what a person starts themselves: no text is typed. */
export function ShownConfirmation(props: PropsWithChildren<{ action: string; text: string; fields: Fields }>) {
  return (
    <form method="post" action={props.action}>
      <HiddenFields fields={{ ...props.fields, [CONFIRMATION]: props.text }} />
      <p class="soft">
        You confirm: <code>{props.text}</code>
      </p>
      {props.children}
    </form>
  );
}
