import type { Problem } from "../base/problem.ts";
import { type Locale, shownTime } from "../base/shown.ts";
import type { ApprovalRow } from "../db/approvals.ts";
import type { OperationRow } from "../db/operations.ts";
import type { Context } from "../kernel/context.ts";
import { isEnough } from "../kernel/risk.ts";
import { openAnswer } from "../kernel/sealed-columns.ts";

/** How an approval ended, in words for its person. */
export interface End {
  readonly title: string;
  readonly words: string;
}

/** The write has just succeeded. */
export const DONE: End = { title: "Done", words: "It was carried out just now. Your assistant can see the result." };
/** The person has just said no. */
export const DECLINED: End = {
  title: "You declined this",
  words: "Nothing was done. For 24 hours the same request needs your yes on a page of this site.",
};
const UNDERWAY: End = {
  title: "It is being carried out",
  words: "It is not finished yet. It is never done twice.",
};
const UNKNOWN: End = {
  title: "It is not known yet whether this was carried out",
  words:
    "It is never done twice. Your assistant finds out by repeating its call; otherwise the server settles it later.",
};
/** The version or the lines changed after the approval was asked for. */
export const CHANGED: End = {
  title: "This has changed",
  words: "The facts have changed since your assistant asked. Nothing was done; your assistant has to ask again.",
};

const TAKEN_BACK: Readonly<Record<NonNullable<ApprovalRow["withdrawnBecause"]>, string>> = {
  replaced: "Your assistant asked again, or went on without this approval.",
  subject_changed: CHANGED.words,
  client_revoked: "The app that asked was disconnected. Nothing was done.",
};

/** An approval with its operation, and the locale in which its times are written. */
interface Visited {
  readonly approval: ApprovalRow;
  readonly operation: OperationRow | undefined;
  readonly business: Locale;
}

/** How the approval ended; undefined while it is pending. */
export async function endOf({ approval, operation, business }: Visited, ctx: Context): Promise<End | undefined> {
  const { status, expiresAt, decidedAt, withdrawnBecause } = approval;
  if (status === "approved") return approvedEnd(operation, business, ctx);
  if (status === "declined")
    return { title: "You declined this", words: `${at(decidedAt, business)}Nothing was done.` };
  if (status === "withdrawn") {
    return {
      title: "This was taken back",
      words: at(decidedAt, business) + TAKEN_BACK[withdrawnBecause ?? "replaced"],
    };
  }
  if (status === "pending" && expiresAt > ctx.clock.now()) return undefined;
  return { title: "This has run out", words: "Nothing was done. Your assistant can ask again." };
}

/** An approved approval has been used by its operation, whose status tells whether the write was carried out. */
async function approvedEnd(operation: OperationRow | undefined, shown: Locale, ctx: Context): Promise<End> {
  // A text that an app returned proves no person: the app may have filled it in.
  const title =
    operation && isEnough(operation.proof, "approval_page")
      ? "You approved this"
      : "Your app returned the text for this";
  if (operation?.status === "succeeded") {
    const when = shownTime(operation.updatedAt, shown);
    return { title, words: `It was carried out at ${when}. Nothing more will happen.` };
  }
  if (operation?.status === "pending") return { ...UNDERWAY, words: `${title}. ${UNDERWAY.words}` };
  if (operation?.status !== "failed") return UNKNOWN;
  const failed = `${title}, and it failed`;
  if (operation.answerSealed === null) return { title: failed, words: "Nothing more will happen." };
  const { detail } = await openAnswer(ctx, operation);
  return { title: failed, words: String(detail) };
}

/** How an attempt to approve ended: after an error the outcome is unknown, after a refusal nothing was done. */
export function refusedEnd({ code, details }: Problem): End {
  if (code === "operation_in_progress") return UNDERWAY;
  if (code === "internal" || code === "outcome_unknown") return UNKNOWN;
  return { title: "It was not carried out", words: details.detail };
}

const at = (decidedAt: number | null, shown: Locale) =>
  decidedAt === null ? "" : `At ${shownTime(decidedAt, shown)}. `;
