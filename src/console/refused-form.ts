import type { RefusedForm } from "../auth/forms.ts";
import type { Problem } from "../base/problem.ts";

/** What a page shows after its form was refused: the status, the fault, and the fields as they were sent. */
export interface FormRefusal {
  readonly status: number;
  readonly fault?: string;
  /** True where the typed text is not the exact one. */
  readonly wrongText?: true;
  readonly typed?: Readonly<Record<string, string>>;
}

/** For a form that was refused before its command ran. */
export const refusalOfForm = ({ status, title, advice }: RefusedForm): FormRefusal => ({
  status,
  fault: `${title}. ${advice}`,
});

/** For a form that its command or its write refused. */
export function refusalOfCommand(
  { status, code, details }: Problem,
  typed: Readonly<Record<string, string>>,
): FormRefusal {
  switch (code) {
    case "confirmation_mismatch":
      return { status, wrongText: true, typed };
    case "stale_state":
      return { status, fault: "This has changed since you looked. Nothing was done: look again and decide again." };
    case "idempotency_conflict":
      return {
        status,
        fault: "This form was sent already with another choice. Look at the state now, and decide again.",
      };
    case "invalid_input":
      return { status, fault: NOT_CHOSEN[details.field ?? ""] ?? details.detail, typed };
    case "ineligible_state":
    case "not_found":
      return { status, fault: `Nothing was done. ${details.detail}` };
    default:
      return { status, fault: details.detail, typed };
  }
}

/** The fault of a missing or unknown choice, by field. */
const NOT_CHOSEN: Readonly<Record<string, string>> = {
  actionKind: "Choose one of the three.",
  reasonCode: "Choose one of the reasons.",
};
