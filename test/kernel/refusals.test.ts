import { expect, test } from "vitest";
import { resources } from "../../resources/index.ts";
import { Problem } from "../../src/base/problem.ts";
import { type Actor, assertActorNotRevoked, insufficientScope } from "../../src/kernel/actor.ts";
import { assertReader } from "../../src/kernel/resource.ts";
import * as refusals from "../../src/kernel/write-refusals.ts";

const URI = "commerce://operations/operation-1";
const thrownBy = (run: () => unknown): Problem => {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof Problem) return thrown;
  }
  throw new Error("nothing was refused");
};

/** Each refusal of the kernel: its code, what it tells a caller to do, and what the caller finds beside it. */
const REFUSALS: Readonly<Record<string, readonly [Problem, string, string, object?]>> = {
  "another text": [
    thrownBy(() => refusals.assertExact("Buy", "buy", URI)),
    "confirmation_mismatch",
    `Read the exact text in ${URI}, show it to the person, and send it unchanged.`,
    { field: "confirmationText", resource: URI },
  ],
  "other lines": [
    refusals.shownOtherwise(URI),
    "confirmation_mismatch",
    `What the person was shown has changed since. Read ${URI} again, and repeat the call without a text.`,
    { resource: URI },
  ],
  "a decided approval": [
    refusals.noLongerWaiting(),
    "ineligible_state",
    "This approval is no longer waiting. Ask for it again.",
  ],
  "an unreadable call": [
    refusals.unreadableCall(),
    "ineligible_state",
    "What was asked cannot be read any more. Nothing was done: it has to be asked for again, with a new key.",
  ],
  "a removed answer": [
    refusals.answerRemoved(),
    "ineligible_state",
    "This was done more than 30 days ago, was never paid, and its answer was removed. Use a new key to ask for something new.",
  ],
  "a sealed answer": [
    refusals.answerUnreadable(),
    "ineligible_state",
    "This was done, and its answer can no longer be read. Read the state of what it changed before you ask again under a new key.",
  ],
  "a no": [
    refusals.declined(),
    "ineligible_state",
    "The person declined this. If they want it after all, ask with a new key: for 24 hours they decide on our page.",
  ],
  "a changed subject": [
    refusals.approvalWithdrawn("subject_changed"),
    "stale_state",
    "It was taken back: its subject changed before a decision. Read the subject again and ask anew.",
  ],
  "an ended connection": [
    refusals.approvalWithdrawn("client_revoked"),
    "approval_required",
    "It was taken back: the connection that asked was ended. Ask again through one that stands.",
  ],
  "a later call": [
    refusals.approvalWithdrawn("replaced"),
    "approval_required",
    "It was taken back: a later call under the same key took its place.",
  ],
  "the guard of an approval": [
    refusals.guardRefusal("approval_used", URI),
    "ineligible_state",
    "This approval is no longer waiting. Ask for it again.",
  ],
  "the guard of a version": [
    refusals.guardRefusal("stale_state", URI),
    "stale_state",
    `Read ${URI} again, check what changed, and quote its updatedAt.`,
    { resource: URI },
  ],
  "another guard": [
    refusals.guardRefusal("not_open", URI),
    "ineligible_state",
    `Another call was first. Read ${URI} again.`,
    { resource: URI },
  ],
  "a call that runs": [
    refusals.inProgress(20_000),
    "operation_in_progress",
    "The same key is being worked on. Repeat the call unchanged in a moment.",
    { retryAfterSeconds: 5 },
  ],
  "an unknown outcome": [
    refusals.outcomeUnknown("operation-1", 40_000),
    "outcome_unknown",
    `Repeat the call unchanged with the same key, or read ${URI}. A retry charges no card.`,
    { resource: URI, retryAfterSeconds: 10 },
  ],
  "a missing scope": [
    insufficientScope("checkout:write"),
    "insufficient_scope",
    "This needs the scope checkout:write.",
    { scopes: ["checkout:write"] },
  ],
};

test.each(Object.entries(REFUSALS))("%s: the caller reads what to do", (_, [problem, code, detail, beside]) => {
  expect(problem.code).toBe(code);
  expect(problem.details).toEqual({ detail, ...beside });
});

test("a caller waits longer the older the operation is, within bounds", () => {
  const ages = [0, 1_000, 9_000, 40_000, 1_200_000, 86_400_000];
  expect(ages.map((age) => refusals.retryAfter(age))).toEqual([2, 2, 3, 10, 300, 300]);
  expect(refusals.inProgress().details.retryAfterSeconds).toBe(1);
});

test("what another text is called is not what other lines are called", () => {
  expect(refusals.wasShownOtherwise(refusals.shownOtherwise(URI))).toBe(true);
  expect(refusals.wasShownOtherwise(thrownBy(() => refusals.assertExact("Buy", "buy", URI)))).toBe(false);
  expect(refusals.wasShownOtherwise(refusals.declined())).toBe(false);
  expect(() => refusals.assertExact("Buy", "Buy", URI)).not.toThrow();
});

test("a reader without a token is told where to sign in, and a public resource asks for none", () => {
  const read = (uri: string) => {
    const resource = resources.find((one) => one.uri === uri);
    if (!resource) throw new Error(`there is no ${uri}`);
    assertReader(resource, null);
  };
  expect(thrownBy(() => read("commerce://checkouts"))).toMatchObject({
    code: "unauthenticated",
    details: { detail: "Sign in to read this: use the endpoint that takes a token." },
  });
  expect(() => read("commerce://source-data")).not.toThrow();
});

test("an actor is asked for the rows of its own revocation, and refuses by them", async () => {
  const revoked = new Problem("unauthenticated", { detail: "revoked" });
  const seen: unknown[] = [];
  const actor = {
    revocationCheck: "the query",
    assertNotRevoked(rows: unknown) {
      seen.push(rows);
      throw revoked;
    },
  } as unknown as Actor;
  const db = { read: async (queries: object) => ({ ...queries, revocationCheck: ["the rows"] }) };
  await expect(assertActorNotRevoked(actor, { db } as never)).rejects.toBe(revoked);
  expect(seen).toEqual([["the rows"]]);
});
