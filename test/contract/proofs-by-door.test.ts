import { beforeAll, expect, test } from "vitest";
import type { Proof } from "../../src/db/schema/vocabulary.ts";
import { isOwnerRoute } from "../../src/http/write-paths.ts";
import { isOwnerScope, SCOPES } from "../../src/kernel/actor.ts";
import { isEnough, type ProofRule, proofRules } from "../../src/kernel/risk.ts";
import { writes } from "../../tools/index.ts";
import { type Answer, answerIn, browserOf, effects } from "../approvals/asking.ts";
import { wireCall } from "../clients/wire-call.ts";
import { READY_WRITES, type ReadyWrite } from "../fuzz/ready-writes.ts";
import { unchanged } from "../support/database-state.ts";
import type { ReadyCall } from "../support/describe-confirmed-write.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { type Door, httpDoor } from "../support/doors.ts";
import { connect } from "../support/mcp.ts";
import type { Browser, ObtainedToken } from "../support/oauth.ts";
import { ownerBrowser } from "../support/owner-doors.ts";
import { BUYER, ORIGIN, OWNER } from "../support/world.ts";

/** One kind of call: a write, a rule of it, an action under the rule, and whether it has what can't be stored. */
interface Case extends ReadyWrite {
  readonly rule: ProofRule;
  readonly name: string;
  readonly more: Readonly<Record<string, unknown>>;
  readonly waits: boolean;
}

const actionsOf = ({ risk }: ReadyWrite["write"], { actions }: ProofRule): readonly Record<string, unknown>[] =>
  typeof risk === "string" ? [{}] : actions.map((action) => ({ [risk.argument]: action }));

/** Every call there is, as far as its proof goes, from the declarations. */
const CASES: readonly Case[] = READY_WRITES.flatMap((ready) =>
  proofRules(ready.write).flatMap((rule) =>
    actionsOf(ready.write, rule).flatMap((action) =>
      (ready.write.unstorable === undefined ? [true] : [true, false]).map((waits) => ({
        ...ready,
        rule,
        more: action,
        waits,
        name: [rule.name, ...Object.values(action), ...(waits ? [] : ["with its bytes"])].join(" "),
      })),
    ),
  ),
);

/** What the owner's pages send beside the envelope; a write that takes a file has a form of its own and a test of it. */
const CONSOLE: Readonly<
  Record<string, (input: ReadyCall["input"]) => { path: string; fields: Record<string, string> }>
> = {
  review_commission_evidence: ({ commissionLedgerId, actionKind }) => ({
    path: `/owner/ledger/${commissionLedgerId}`,
    fields: { actionKind: String(actionKind) },
  }),
  record_revocation_intent: ({ entitlementId, reasonCode }) => ({
    path: `/owner/entitlements/${entitlementId}`,
    fields: { reasonCode: String(reasonCode) },
  }),
};

/** How a call comes in, and the proof that the exact text is in it. */
interface DoorOfCase {
  readonly name: string;
  takes(write: ReadyWrite["write"]): boolean;
  readonly carries: Proof;
  /** Whether the door asks its person in a form, where the call carries too little. */
  readonly form?: true;
  /** Whether the door is the page itself, which takes a text and nothing else. */
  readonly page?: true;
  /** `text` is what the person types where they are asked; `args` has it only where the call has it. */
  call(of: Case, args: Readonly<Record<string, unknown>>, text: string): Promise<Pick<Answer, "code">>;
}

describeInWorld("which proof each write gets by each door, where the owner has set nothing", {}, (world) => {
  const tokens = new Map<string, { mcp: ObtainedToken; api: ObtainedToken }>();
  const legacy = new Map<string, Awaited<ReturnType<typeof connect>>>();
  let posting: Record<string, string>;
  let desk: Browser;
  beforeAll(async () => {
    for (const person of [BUYER, OWNER]) {
      const scopes = SCOPES.filter((scope) => person === OWNER || !isOwnerScope(scope));
      const [mcp, api] = [await world.grant(person, "mcp", scopes), await world.grant(person, "api", scopes)];
      tokens.set(person.email, { mcp, api });
      const wish = { send: world.send, url: `${ORIGIN}/mcp`, token: mcp.accessToken };
      legacy.set(person.email, await connect(wish, "legacy"));
    }
    const [route = ""] = writes.filter(isOwnerRoute).map((write) => write.route.slice("POST ".length));
    posting = (await ownerBrowser(world, route, OWNER)).headers;
    desk = await browserOf(world, OWNER);
  });

  const tokenOf = ({ actor }: Case) => {
    const found = tokens.get(actor.email);
    if (!found) throw new Error("no token");
    return found;
  };
  const told = async (reply: ReturnType<Door>) => (await reply).body as Answer;
  const current = (elicitation: object | null) => (of: Case, args: object) =>
    wireCall(world, { token: tokenOf(of).mcp }, args, { tool: of.write.name, elicitation });
  const everywhere = { takes: () => true, carries: "argument" } as const;

  const DOORS: readonly DoorOfCase[] = [
    {
      name: "MCP 2025",
      ...everywhere,
      call: async (of, args) =>
        answerIn(await legacy.get(of.actor.email)?.callTool({ name: of.write.name, arguments: { ...args } })),
    },
    {
      name: "MCP 2026 with forms",
      ...everywhere,
      form: true,
      async call(of, args, text) {
        const { answer, asked } = await current({ form: {} })(of, args);
        if (!asked.requestState) return answer;
        const typed = { tool: of.write.name, state: asked.requestState, typed: text };
        return (await wireCall(world, { token: tokenOf(of).mcp }, args, typed)).answer;
      },
    },
    {
      name: "MCP 2026 with links",
      ...everywhere,
      async call(of, args) {
        const { answer, asked } = await current({ url: {} })(of, args);
        if (!asked.inputRequests) return answer;
        // The link was opened: the call is sent again.
        expect(Object.values(asked.inputRequests).map(({ params }) => params.mode)).toEqual(["url"]);
        return (await current(null)(of, args)).answer;
      },
    },
    {
      name: "MCP 2026 that can show nothing",
      ...everywhere,
      call: async (of, args) => (await current(null)(of, args)).answer,
    },
    {
      name: "HTTP with a token",
      ...everywhere,
      takes: (write) => !isOwnerRoute(write),
      call: (of, args) =>
        told(httpDoor(world, of.write.route, { Authorization: `Bearer ${tokenOf(of).api.accessToken}` })(args)),
    },
    {
      name: "the owner's POST",
      takes: isOwnerRoute,
      carries: "elicited",
      call: (of, args) => told(httpDoor(world, of.write.route, posting)(args)),
    },
    {
      name: "the console's form",
      takes: ({ name }) => name in CONSOLE,
      carries: "approval_page",
      page: true,
      async call({ write }, args) {
        const { path, fields } = CONSOLE[write.name]?.(args) ?? { path: "", fields: {} };
        const confirmationText = String(args.confirmationText ?? "");
        const answer = await desk.submit(await desk.get(path), path, { ...fields, confirmationText });
        return answer.status === 303 ? {} : { code: `page ${answer.status}` };
      },
    },
  ];

  test("every write is here, and each of the owner's has a form of the console", () => {
    expect(READY_WRITES.map(({ write }) => write.name).sort()).toEqual(writes.map(({ name }) => name).sort());
    const typed = writes.filter(({ scope, unstorable }) => isOwnerScope(scope) && unstorable === undefined);
    expect(Object.keys(CONSOLE).sort()).toEqual(typed.map(({ name }) => name).sort());
  });

  /** The proof that comes of a call, or the code that refuses it. */
  function expected({ rule: { least }, waits }: Case, door: DoorOfCase, hasText: boolean): Proof | string {
    if (door.page) return hasText ? door.carries : "page 422";
    if (hasText && isEnough(door.carries, least)) return door.carries;
    if (door.form && isEnough("elicited", least)) return "elicited";
    return waits ? "approval_required" : "confirmation_required";
  }

  const cells = { accepted: 0, refused: 0, alone: 0 };
  let keys = 0;
  test.each(CASES.map((of) => [of.name, of] as const))("%s", async (_, of) => {
    // What was not used is called again by the next door.
    let unused: ReadyCall | undefined;
    for (const door of DOORS.filter(({ takes }) => takes(of.write))) {
      for (const hasText of [false, true]) {
        unused ??= await of.ready(world, of.actor);
        const { confirmationText, expectedUpdatedAt } = unused;
        // A reason is quoted on our page alone: no form is shown with it.
        const { reason: _reason, ...input } = { ...unused.input, ...of.more } as Record<string, unknown>;
        const unstored = of.waits && of.write.unstorable ? { [of.write.unstorable]: undefined } : {};
        const args = {
          ...input,
          ...unstored,
          expectedUpdatedAt,
          idempotencyKey: `door-${++keys}`,
          ...(hasText && { confirmationText }),
        };
        const due = expected(of, door, hasText);
        const what = `${of.name}, ${door.name}, ${hasText ? "exact text" : "no text"}`;
        const refused = /_required$|^page/.test(due);
        const call = () => door.call(of, JSON.parse(JSON.stringify(args)), confirmationText);
        if (refused) {
          const before = await effects(world);
          const told = await unchanged(world, call, due === "approval_required" ? ASKING : []);
          expect([what, told.code]).toEqual([what, due]);
          expect(await effects(world)).toEqual(before);
          cells.refused++;
          await world.all("UPDATE approvals SET status = 'withdrawn' WHERE status = 'pending'");
          continue;
        }
        const { code } = await call();
        expect([what, code]).toEqual([what, undefined]);
        const [row] = await world.all<{ proof: Proof; write_name: string }>(
          "SELECT proof, write_name FROM operations ORDER BY created_at DESC LIMIT 1",
        );
        expect([what, row?.write_name, row?.proof]).toEqual([what, of.write.name, due]);
        if (row?.proof === "argument") {
          expect([what, isOwnerScope(of.write.scope), of.rule.risk === "final"]).toEqual([what, false, false]);
          cells.alone++;
        }
        cells.accepted++;
        unused = undefined;
      }
    }
  });

  test("the tally", () => {
    console.info(
      `${CASES.length} kinds of calls by ${DOORS.length} doors: ${cells.accepted} accepted, ${cells.alone} of them on a text in the call alone, all a buyer's; ${cells.refused} refused, 0 rows`,
    );
    expect(cells.refused).toBeGreaterThan(50);
    expect(cells.accepted).toBeGreaterThan(40);
  });
});

/** What an asked person leaves: their approval, its audit row and the mail that tells them. */
const ASKING = ["approvals", "payment_audit_events", "mail_outbox"];
