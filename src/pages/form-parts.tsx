import type { PropsWithChildren } from "hono/jsx";

const EXACT = { autocapitalize: "off", autocorrect: "off", spellcheck: false } as const;

/** A labelled field, with its fault tied to it for screen readers (WCAG 2.2, 3.3.1). */
export function Field(props: {
  name: string;
  label: string;
  type?: string;
  value?: string;
  autocomplete: string;
  hint?: string;
  error?: string | undefined;
  autofocus?: boolean;
  /** For a text that counts letter by letter: the browser is to change nothing that is typed. */
  exact?: boolean;
  /** For a field that may stay empty. */
  optional?: boolean;
  inputmode?: "decimal" | "numeric";
}) {
  const { name, label, hint, error } = props;
  const described = [...(hint ? [`${name}-hint`] : []), ...(error ? [`${name}-error`] : [])].join(" ");
  return (
    <>
      <label for={name}>{label}</label>
      <input
        id={name}
        name={name}
        type={props.type ?? "text"}
        value={props.value ?? ""}
        autocomplete={props.autocomplete}
        required={!props.optional}
        inputmode={props.inputmode}
        autofocus={props.autofocus ?? false}
        {...(props.exact ? EXACT : {})}
        {...(error ? { "aria-invalid": "true" } : {})}
        {...(described ? { "aria-describedby": described } : {})}
      />
      {hint && (
        <small id={`${name}-hint`} class="soft">
          {hint}
        </small>
      )}
      {error && (
        <p id={`${name}-error`} class="error">
          {error}
        </p>
      )}
    </>
  );
}

/** The text that a person is to type, in a box of its own. */
export function ExactText({ to, text }: { to: string; text: string }) {
  return (
    <>
      <p>{`${to}, type exactly:`}</p>
      <p class="exact">
        <code>{text}</code>
      </p>
    </>
  );
}

/** A message above a form. A screen reader announces it at once. */
export function Notice({ kind = "", children }: PropsWithChildren<{ kind?: "" | "bad" | "good" }>) {
  return (
    <div class={`notice ${kind}`} role={kind === "bad" ? "alert" : "status"}>
      <p>{children}</p>
    </div>
  );
}

/** Hidden fields, each under its name. */
export function HiddenFields({ fields }: { fields: Readonly<Record<string, string>> }) {
  return (
    <>
      {Object.entries(fields).map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
    </>
  );
}
