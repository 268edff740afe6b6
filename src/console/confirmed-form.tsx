import type { PropsWithChildren } from "hono/jsx";
import { FORM_TOKEN } from "../auth/forms.ts";
import { signInPath } from "../auth/fresh-sign-in.ts";
import { sessionActor } from "../auth/session-actor.ts";
import { notFound } from "../base/problem.ts";
import { isoTime } from "../base/time.ts";
import type { WriteAnswer } from "../kernel/confirmed-write.ts";
import { runWrite } from "../kernel/run-write.ts";
import { CONFIRMATION, ConfirmationField, typedText } from "../pages/confirmation.tsx";
import { ExactText, HiddenFields } from "../pages/form-parts.tsx";
import type { SubmittedForm } from "../pages/read-form.ts";
import type { FormRefusal } from "./refused-form.ts";
import type { Visit } from "./visit.tsx";

/**
 * The form of a confirmed write about one row: its fields, and the exact text to type. The same form has the same key,
 * so a double click, or a second try after a typing error, is one operation.
 */
export function ConfirmedForm(
  props: PropsWithChildren<{
    visit: Visit;
    refusal: FormRefusal | undefined;
    /** The subject's version, as it is shown here. */
    updatedAt: number;
    text: string;
    button: string;
    takesFile?: boolean;
  }>,
) {
  const { visit, refusal, text } = props;
  const version = isoTime(props.updatedAt);
  const typed = refusal?.typed?.expectedUpdatedAt === version ? refusal.typed : undefined;
  const hidden = {
    idempotencyKey: typed?.idempotencyKey || `console-${crypto.randomUUID()}`,
    expectedUpdatedAt: version,
  };
  return (
    <ActionForm visit={visit} hidden={hidden} takesFile={props.takesFile ?? false}>
      {props.children}
      <ExactText to="To confirm" text={text} />
      <ConfirmationField
        refused={refusal?.wrongText && { typed: refusal.typed?.[CONFIRMATION]?.trim() ?? "", exact: text }}
      />
      <div class="actions">
        <button type="submit" class="primary">
          {props.button}
        </button>
      </div>
    </ActionForm>
  );
}

/** A form of the console. When the sign-in is too old for a change, a link to sign in again takes its place. */
export function ActionForm({
  visit,
  hidden = {},
  takesFile = false,
  children,
}: PropsWithChildren<{ visit: Visit; hidden?: Readonly<Record<string, string>>; takesFile?: boolean }>) {
  if (!visit.fresh) return <SignInAgain visit={visit} />;
  return (
    <form method="post" action={visit.url.pathname} {...(takesFile ? { enctype: "multipart/form-data" as const } : {})}>
      <HiddenFields fields={{ [FORM_TOKEN]: visit.formToken, ...hidden }} />
      {children}
    </form>
  );
}

/** A button in a row of a table, for one command about that row. */
export function RowForm({
  visit,
  hidden,
  button,
  label,
}: {
  visit: Visit;
  hidden: Readonly<Record<string, string>>;
  button: string;
  label: string;
}) {
  if (!visit.fresh) return <a href={signInPath(visit.url.pathname, { again: true })}>Sign in again</a>;
  return (
    <ActionForm visit={visit} hidden={hidden}>
      <button type="submit" aria-label={label}>
        {button}
      </button>
    </ActionForm>
  );
}

function SignInAgain({ visit: { url } }: { visit: Visit }) {
  return (
    <p>
      <a href={signInPath(url.pathname, { again: true })}>Sign in again</a> to make a change: your sign-in is older than
      15 minutes.
    </p>
  );
}

/** Runs a write from the owner's form: the same kernel, claim and audit as a tool's call. */
export function runConsoleWrite(
  name: string,
  { fields }: SubmittedForm,
  input: Readonly<Record<string, unknown>>,
  { person, site: { ctx, writes } }: Visit,
): Promise<WriteAnswer> {
  const write = writes.find((candidate) => candidate.name === name);
  if (!write) throw notFound();
  const args = {
    ...input,
    idempotencyKey: fields.get("idempotencyKey") ?? "",
    expectedUpdatedAt: fields.get("expectedUpdatedAt") ?? "",
  };
  const typed = { text: typedText(fields), proof: "approval_page" } as const;
  return runWrite(write, { actor: sessionActor(person, ctx), args, typed }, ctx);
}
