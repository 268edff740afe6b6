import { isOfKind } from "../base/ids.ts";
import { notFound, type ProblemBody } from "../base/problem.ts";
import { isThere } from "../commerce/routes.ts";
import { paidText, taxedText } from "../commerce/tax.ts";
import {
  ACTOR_WORDS,
  APPROVAL_WORDS,
  blockedWords,
  MODE_WORDS,
  OPERATION_WORDS,
  PROOF_WORDS,
  subjectStatusWords,
  WITHDRAWAL_WORDS,
} from "../commerce/words.ts";
import { auditOf } from "../db/audit.ts";
import { approvalDetails, operationDetails } from "../db/console.ts";
import type { Context } from "../kernel/context.ts";
import { openAnswer } from "../kernel/sealed-columns.ts";
import { Facts, Table } from "../pages/elements.tsx";
import { Amounts, When } from "../pages/locale.tsx";
import { declaredName } from "../pages/untrusted-text.ts";
import { type ConsolePage, consolePage, readRows } from "./console-page.tsx";
import { App, OrderLink, Who } from "./elements.tsx";
import { entitlementPath, ledgerEntryPath } from "./paths.ts";

/** The most audit events that are shown. An operation writes fewer. */
const MOST_EVENTS = 100;

type Story = Awaited<ReturnType<typeof operationDetails>>[number];
type Asked = Awaited<ReturnType<typeof approvalDetails>>[number];

/** One operation with its actor, app and proof, its approval, and each row that it changed. */
export const operationPage: ConsolePage = {
  path: "/owner/operations/:id",
  async show(visit, refusal) {
    const { ctx } = visit.site;
    const id = visit.params.id ?? "";
    const { rows, business } = await readRows(visit, {
      story: operationDetails(ctx, id),
      asked: approvalDetails(ctx, id),
      events: auditOf(ctx, id, MOST_EVENTS),
    });
    const [story] = rows.story;
    const [asked] = rows.asked;
    const about = story?.operation ?? asked?.approval;
    if (!about) throw notFound();
    const waits = asked !== undefined && (await stillWaits(asked, ctx));
    const orderId = rows.events.find(({ checkoutIntentId }) => checkoutIntentId !== null)?.checkoutIntentId;
    const content = (
      <>
        {story ? (
          <OperationFacts story={story} problem={await problemOf(story, ctx)} ctx={ctx} />
        ) : (
          asked && <UnclaimedFacts asked={asked} waits={waits} />
        )}
        {orderId && (
          <p>
            Order <OrderLink id={orderId} />
          </p>
        )}
        {story?.operation.status === "succeeded" && (
          <p>
            <a href={`${visit.url.pathname}/receipt`}>Signed confirmation</a>
          </p>
        )}
        {asked && <ApprovalFacts asked={asked} waits={waits} proof={story?.operation.proof} />}
        <h2>What changed</h2>
        <Table
          label="Audit events"
          head={["When", "Event", "New state", "Row"]}
          empty="No row changed."
          rows={rows.events.map((event) => [
            <When at={event.createdAt} />,
            event.summary,
            subjectStatusWords(event.subjectId, event.subjectStatus ?? ""),
            isOfKind(event.subjectId, "checkout-intent") ? (
              <OrderLink id={event.subjectId} />
            ) : (
              <code>{event.subjectId}</code>
            ),
          ])}
        />
      </>
    );
    return consolePage(visit, { title: titleOf(about.writeName, ctx), business, content, refusal });
  },
};

/** The title of a write; the name of one that this release no longer has. */
export function titleOf(writeName: string, ctx: Pick<Context, "findWrite">): string {
  return ctx.findWrite(writeName)?.title ?? writeName;
}

function OperationFacts({ story, problem, ctx }: { story: Story; problem: ProblemBody | undefined; ctx: Context }) {
  const { operation, personName, personEmail, clientName, stripeMode, blockedReason, planSlug, chargedAs } = story;
  const { amountCents, currency, taxBehavior, taxCents, paidCents } = story;
  return (
    <Facts
      facts={[
        ["Operation", <code>{operation.id}</code>],
        ["State", OPERATION_WORDS[operation.status]],
        problem && ["Reason", problem.detail],
        blockedReason !== null && ["Its checkout is blocked", blockedWords(blockedReason, planSlug)],
        ...(amountCents === null || currency === null
          ? []
          : [
              [
                "Confirmed amount",
                <Amounts of={(write) => taxedText(amountCents, currency, taxBehavior, write)} />,
              ] as const,
              ["Paid", <Amounts of={(write) => paidText({ paidCents, currency, taxCents }, write)} />] as const,
            ]),
        chargedAs !== null && [
          "Its subscription was changed at Stripe",
          `Stripe charges for ${chargedAs}; the plan here is still the one that was bought. Change it back at Stripe, or end it so that the person can buy the other plan.`,
        ],
        ["Who", <Who name={personName} email={personEmail} id={operation.actorId} />],
        ["Actor", ACTOR_WORDS[operation.actorKind]],
        ["App", <App name={clientName} clientId={operation.clientId} />],
        ["Calls itself, unverified", declaredName(operation.clientDeclared) ?? "nothing"],
        ["Proof", PROOF_WORDS[operation.proof]],
        ["Confirmation text", <code>{operation.confirmedText}</code>],
        ["Subject", <Subject operation={operation} ctx={ctx} />],
        ["Subject version", <When at={operation.subjectUpdatedAt} />],
        ["Stripe mode", stripeMode === null ? "none: Stripe is not involved" : MODE_WORDS[stripeMode]],
        ["Started", <When at={operation.createdAt} />],
        ["Last change", <When at={operation.updatedAt} />],
      ]}
    />
  );
}

function Subject({ operation: { writeName, subjectId }, ctx }: { operation: Story["operation"]; ctx: Context }) {
  const path = SUBJECT_PATHS[writeName];
  return path && isThere(path(subjectId), ctx.parts) ? (
    <a href={path(subjectId)}>{subjectId}</a>
  ) : (
    <code>{subjectId}</code>
  );
}

/** Pages of subjects, by write. */
const SUBJECT_PATHS: Readonly<Record<string, (id: string) => string>> = {
  review_commission_evidence: ledgerEntryPath,
  record_revocation_intent: entitlementPath,
};

function UnclaimedFacts({
  asked: { approval, personName, personEmail, clientName },
  waits,
}: {
  asked: Asked;
  waits: boolean;
}) {
  return (
    <Facts
      facts={[
        ["Operation", <code>{approval.operationId}</code>],
        ["State", waits ? APPROVAL_WORDS.pending : "not carried out"],
        ["Who", <Who name={personName} email={personEmail} />],
        ["App", <App name={clientName} clientId={approval.clientId} />],
        ["Calls itself, unverified", declaredName(approval.clientDeclared) ?? "nothing"],
        ["Subject", <code>{approval.subjectId}</code>],
      ]}
    />
  );
}

function ApprovalFacts(props: { asked: Asked; waits: boolean; proof: Story["operation"]["proof"] | undefined }) {
  const { approval } = props.asked;
  const { status, withdrawnBecause } = approval;
  const passed = status === "pending" && !props.waits;
  const how = status === "approved" && props.proof ? `, ${PROOF_WORDS[props.proof]}` : "";
  return (
    <>
      <h2>Approval</h2>
      <Facts
        facts={[
          ["Asked", <When at={approval.createdAt} />],
          ["Valid until", <When at={approval.expiresAt} />],
          ["State", passed ? "can no longer be approved" : `${APPROVAL_WORDS[status]}${how}`],
          withdrawnBecause !== null && ["Reason", WITHDRAWAL_WORDS[withdrawnBecause]],
          approval.decidedAt !== null && ["Ended", <When at={approval.decidedAt} />],
        ]}
      />
    </>
  );
}

/** True while the person can still approve. */
async function stillWaits({ approval }: Asked, ctx: Context): Promise<boolean> {
  if (approval.status !== "pending" || approval.expiresAt <= ctx.clock.now()) return false;
  return (await ctx.obstaclesTo([approval])).size === 0;
}

/** Why an operation failed. The answer of a success is for its actor alone: it may hold their payment link. */
async function problemOf({ operation }: Story, ctx: Context): Promise<ProblemBody | undefined> {
  if (operation.status !== "failed" || operation.answerSealed === null) return undefined;
  return (await openAnswer(ctx, operation)) as unknown as ProblemBody;
}
