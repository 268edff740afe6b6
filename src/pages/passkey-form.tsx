import type { PropsWithChildren } from "hono/jsx";
import { HiddenFields } from "./form-parts.tsx";

/** The name of the field that holds the browser's answer, as JSON. */
export const CREDENTIAL = "credential";

/** What the browser is asked: to make a passkey, or to sign with one. The options are JSON, as WebAuthn level 3 defines. */
export interface PasskeyQuestion {
  readonly kind: "create" | "get";
  readonly options: object;
}

/**
 * A form that is sent with the answer of a passkey. It is hidden until the page's script has found that the browser can
 * answer: a page with this form has `passkeys: true`, and another form that does the same without a passkey.
 */
export function PasskeyForm({
  action,
  hidden,
  question,
  button,
  second = false,
  children,
}: PropsWithChildren<{
  action: string;
  hidden: Readonly<Record<string, string>>;
  question: PasskeyQuestion;
  button: string;
  /** True where another form of the page comes first. */
  second?: boolean;
}>) {
  return (
    <form method="post" action={action} hidden data-passkey={JSON.stringify(question)}>
      <HiddenFields fields={{ ...hidden, [CREDENTIAL]: "" }} />
      {children}
      <p class="error" role="alert" hidden>
        No passkey answered. Try again, or use the other way on this page.
      </p>
      <div class="actions">
        <button type="submit" class={second ? "" : "primary"}>
          {button}
        </button>
      </div>
    </form>
  );
}
