import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { type Agent, browserOf, openAgent, readOffer, unconfirmed } from "../approvals/asking.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { hiddenFields } from "../support/oauth.ts";
import { beginAnew } from "./begin-anew.ts";
import { follow, type Step } from "./follow.ts";

const TEN_MINUTES = 600_000;
const DAY = 86_400_000;
const wordsOf = (page: string) => /<main[^>]*>(.*)<\/main>/s.exec(page)?.[1] ?? page;

/**
 * One call under one key. It waits for its person for ten minutes, for one yes; a no counts for a day; a complete call,
 * another asking or a changed subject takes back what waits.
 */
interface Call {
  /** The question that waits, by its page, with the version that it was asked about. */
  waits: { page: string; version: string; until: number } | undefined;
  /** Each version that was said no to, and until when that counts. */
  readonly noes: Map<string, number>;
  done: "page" | "argument" | undefined;
  /** Pages that no yes can use any more. */
  readonly over: string[];
}
interface Asked {
  readonly key: string;
  /** Two clients of the person. */
  readonly agents: readonly Agent[];
  /** The version that the agents read last. */
  version: string;
}

describeInWorld("approvals, beside a model", {}, (world) => {
  let agents: readonly Agent[];
  let browser: Awaited<ReturnType<typeof browserOf>>;
  let account: Record<string, string>;
  let keys = 0;
  beforeAll(async () => {
    agents = [await openAgent(world), await openAgent(world, { clientName: "Second client" })];
    browser = await browserOf(world);
    account = hiddenFields(await (await browser.get("/account")).text(), "/sign-out");
  });
  type Do = Step<Call, Asked>;
  const now = () => world.clock.now();
  const text = async () => (await readOffer(world)).confirmationText;
  const isCurrent = async (version: string) => (await readOffer(world)).updatedAt === version;
  const saidNo = ({ noes }: Call, version: string) => now() < (noes.get(version) ?? 0);
  const over = (call: Call) => {
    if (call.waits) call.over.push(call.waits.page);
    call.waits = undefined;
  };

  /** The agent calls, without the text or with it. */
  const calling = fc.record({ by: fc.constantFrom(0, 1), complete: fc.boolean() }).map(
    ({ by, complete }): Do => ({
      name: complete ? "call with the text" : "ask",
      async run(call, real) {
        const args = await unconfirmed(world, real.key, {
          expectedUpdatedAt: real.version,
          ...(complete && { confirmationText: await text() }),
        });
        const answer = await real.agents[by]?.call("start_checkout", args);
        const what = JSON.stringify(answer);
        if (call.done) return expect(answer?.replayed, what).toBe(true);
        const refusal = saidNo(call, real.version)
          ? "ineligible_state"
          : (await isCurrent(real.version))
            ? undefined
            : "stale_state";
        if (refusal) return expect(answer?.code, what).toBe(refusal);
        if (complete) {
          expect(answer?.confirmation, what).toEqual({ proof: "argument" });
          over(call);
          call.done = "argument";
          return;
        }
        expect(answer?.code, what).toBe("approval_required");
        const page = new URL(String(answer?.approvalUrl)).pathname;
        if (page === call.waits?.page) return;
        over(call);
        expect(call.over, "a page that was over").not.toContain(page);
        call.waits = { page, version: real.version, until: now() + TEN_MINUTES };
      },
    }),
  );
  /** The person answers at a page: the one that waits, or one that is over. */
  const press = (page: string, fields: Record<string, string>) => browser.post(page, { ...account, ...fields });
  const answering = fc.record({ decision: fc.constantFrom("approve", "approve", "decline"), wrong: fc.boolean() }).map(
    ({ decision, wrong }): Do => ({
      name: decision === "decline" ? "no" : wrong ? "yes with another text" : "yes",
      may: ({ waits }) => waits !== undefined,
      async run(call) {
        const page = call.waits?.page ?? "";
        const shown = await (await browser.get(page)).text();
        const hidden = shown.includes(`action="${page}"`) ? hiddenFields(shown, page) : account;
        const confirmationText = wrong ? `${await text()}.` : await text();
        const answer = await browser.post(page, { ...hidden, decision, confirmationText });
        const { version = "", until = 0 } = call.waits ?? {};
        const inTime = now() < until;
        const current = await isCurrent(version);
        // A no counts for what was asked, though its subject changed since; a yes does not.
        if (!inTime || (!current && decision === "approve")) {
          expect(answer.status, wordsOf(shown)).toBeGreaterThanOrEqual(400);
          if (inTime) over(call);
          return;
        }
        if (decision === "decline") {
          expect(answer.status, wordsOf(await answer.text())).toBe(200);
          call.noes.set(version, now() + DAY);
          over(call);
        } else if (wrong) expect(answer.status).toBe(422);
        else {
          expect(answer.status, wordsOf(await answer.text())).toBe(200);
          call.done = "page";
          over(call);
        }
      },
    }),
  );
  const pressingAgain = fc.record({ at: fc.nat(), decision: fc.constantFrom("approve", "decline") }).map(
    ({ at, decision }): Do => ({
      name: "an answer at a page that is over",
      may: (call) => call.over.length > 0,
      async run(call) {
        const page = call.over[at % call.over.length] ?? "";
        const answer = await press(page, { decision, confirmationText: await text() });
        expect(answer.status, wordsOf(await answer.text())).toBeGreaterThanOrEqual(400);
      },
    }),
  );
  const passing = fc.constantFrom(60, 300, 660, 80_000).map(
    (seconds): Do => ({
      name: "time passes",
      run: () => world.advance(seconds),
    }),
  );
  const changing: Do = {
    name: "the subject changes",
    async run() {
      await world.all("UPDATE commerce_prices SET updated_at = updated_at + 60000 WHERE id LIKE '%launch-pass%'");
    },
  };
  const reading: Do = {
    name: "the agent reads again",
    may: (call) => call.done === undefined,
    async run(_, real) {
      real.version = (await readOffer(world)).updatedAt;
    },
  };

  test("every life of a call that may wait goes as the model says", async (context) => {
    await follow<Call, Asked>(context, {
      subject: "approvals",
      lives: { ci: 8, part: 36 },
      steps: 18,
      async begin() {
        await world.all("DELETE FROM approvals");
        await beginAnew(world);
        const real = { key: `model-${++keys}`, agents, version: (await readOffer(world)).updatedAt };
        return { model: { waits: undefined, noes: new Map(), done: undefined, over: [] }, real };
      },
      can: [
        calling,
        calling.filter(({ name }) => name === "ask"),
        calling.filter(({ name }) => name === "ask"),
        answering,
        answering,
        pressingAgain,
        passing,
        fc.constantFrom(changing, reading, reading),
      ],
      async look({ done }, { key }) {
        const made = await world.all("SELECT status FROM operations WHERE idempotency_key = ?", key);
        expect(made).toEqual(done ? [{ status: "succeeded" }] : []);
        const begun = await world.all("SELECT id FROM checkout_intents WHERE idempotency_key = ?", key);
        expect(begun).toHaveLength(done ? 1 : 0);
        const used = await world.all("SELECT id FROM approvals WHERE idempotency_key = ? AND status = 'approved'", key);
        expect(used).toHaveLength(done === "page" ? 1 : 0);
        const told = await agents[0]?.standing(key);
        if (done) expect(told).toMatchObject({ status: "succeeded" });
        else expect(told?.status).not.toBe("succeeded");
      },
    });
  }, 3_600_000);
});
