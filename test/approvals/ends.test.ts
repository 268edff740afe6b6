import { expect, test } from "vitest";
import { endOf, refusedEnd } from "../../src/approvals/ends.ts";
import { Problem } from "../../src/base/problem.ts";
import type { ApprovalRow } from "../../src/db/approvals.ts";
import type { OperationRow } from "../../src/db/operations.ts";
import type { Context } from "../../src/kernel/context.ts";

const business = { locale: "en-US", timeZone: "UTC" };

/** How an approval that was used ended, by its operation. */
const used = (operation: Partial<OperationRow> | undefined) =>
  endOf(
    { approval: { status: "approved" } as ApprovalRow, operation: operation as OperationRow | undefined, business },
    {} as Context,
  );

test.each([
  ["approval_page", "succeeded", "You approved this", "It was carried out at"],
  ["passkey", "succeeded", "You approved this", "It was carried out at"],
  ["elicited", "succeeded", "Your app returned the text for this", "It was carried out at"],
  ["approval_page", "pending", "It is being carried out", "You approved this. It is not finished yet."],
  ["elicited", "pending", "It is being carried out", "Your app returned the text for this. It is not finished yet."],
  ["approval_page", "failed", "You approved this, and it failed", "Nothing more will happen."],
  ["elicited", "failed", "Your app returned the text for this, and it failed", "Nothing more will happen."],
] as const)("an approval by %s whose operation is %s: %s", async (proof, status, title, words) => {
  const end = await used({ proof, status, updatedAt: 0, answerSealed: null });
  expect(end?.title).toBe(title);
  expect(end?.words.startsWith(words)).toBe(true);
});

test("an approval whose operation is not there: it is not known", async () => {
  expect((await used(undefined))?.title).toBe("It is not known yet whether this was carried out");
});

test.each([
  ["operation_in_progress", "It is being carried out"],
  ["internal", "It is not known yet whether this was carried out"],
  ["outcome_unknown", "It is not known yet whether this was carried out"],
  ["stale_state", "It was not carried out"],
] as const)("an attempt that was refused with %s: %s", (code, title) => {
  const end = refusedEnd(new Problem(code, { detail: "The reason." }));
  expect(end.title).toBe(title);
  expect(end.words === "The reason.").toBe(code === "stale_state");
});
