import { notFound, type ProblemBody } from "../base/problem.ts";
import {
  ACTOR_WORDS,
  APPROVAL_WORDS,
  becameWords,
  blockedWords,
  MODE_WORDS,
  OPERATION_WORDS,
  PROOF_WORDS,
  WITHDRAWAL_WORDS,
} from "../commerce/words.ts";
import { auditOf } from "../db/audit.ts";
import { approvalStory, operationStory } from "../db/console.ts";
import type { ConfirmedWrite } from "../kernel/confirmed-write.ts";
import type { Context } from "../kernel/context.ts";
import { openAnswer } from "../kernel/stored-answer.ts";
import { declaredName } from "../pages/client-words.ts";
import { Client, Facts, Table, When, Who } from "../pages/elements.tsx";
import { type ConsolePage, consolePage, readRows } from "./console-page.tsx";

/** More than any operation leaves behind. */
const MOST_EVENTS = 100;

type Story = Awaited<ReturnType<typeof operationStory>>[number];
type Asked = Awaited<ReturnType<typeof approvalStory>>[number];

/** One operation and its story: who, through which client, by which proof, and every row that changed. */
export const operationPage: ConsolePage = {
  path: "/owner/operations/:id",
  async show(visit, again) {
    const { ctx, writes } = visit.site;
    const id = visit.params.id ?? "";
    const { rows, business } = await readRows(visit, {
      story: operationStory(ctx, id),
      asked: approvalStory(ctx, id),
      events: auditOf(ctx, id, MOST_EVENTS),
    });
    const [story] = rows.story;
    const [asked] = rows.asked;
    const about = story?.operation ?? asked?.approval;
    if (!about) throw notFound();
    const waits = asked !== undefined && (await stillWaits(asked, ctx));
    const content = (
      <>
        {story ? (
          <Done story={story} problem={await problemOf(story, ctx)} />
        ) : (
          asked && <NeverDone asked={asked} waits={waits} />
        )}
        {story?.operation.status === "succeeded" && (
          <p>
            <a href={`${visit.url.pathname}/receipt`}>Its signed receipt</a>
          </p>
        )}
        {asked && <Asking asked={asked} waits={waits} proof={story?.operation.proof} />}
        <h2>What changed</h2>
        <Table
          label="Audit"
          head={["When", "What", "Became", "Row"]}
          empty="Nothing."
          rows={rows.events.map((event) => [
            <When at={event.createdAt} />,
            event.summary,
            becameWords(event.subjectId, event.subjectStatus ?? ""),
            <code>{event.subjectId}</code>,
          ])}
        />
      </>
    );
    return consolePage(visit, { title: titleOf(about.writeName, writes), business, content, again });
  },
};

/** A write by the name that people read. */
export function titleOf(writeName: string, writes: readonly ConfirmedWrite[]): string {
  return writes.find(({ name }) => name === writeName)?.title ?? writeName;
}

function Done({ story, problem }: { story: Story; problem: ProblemBody | undefined }) {
  const { operation, personName, personEmail, clientName, stripeMode, blockedReason, planSlug, chargedAs } = story;
  return (
    <Facts
      facts={[
        ["Operation", <code>{operation.id}</code>],
        ["State", OPERATION_WORDS[operation.status]],
        problem && ["Why", problem.detail],
        blockedReason !== null && ["Its checkout is blocked", blockedWords(blockedReason, planSlug)],
        chargedAs !== null && [
          "Its subscription was changed at Stripe",
          `It is charged as ${chargedAs}, and gives here what was bought. Change it back at Stripe, or end it and have the other plan bought.`,
        ],
        ["Who", <Who name={personName} email={personEmail} id={operation.actorId} />],
        ["As", ACTOR_WORDS[operation.actorKind]],
        ["Through", <Client name={clientName} clientId={operation.clientId} />],
        ["Says of itself, unverified", declaredName(operation.clientDeclared) ?? "nothing"],
        ["Proof", PROOF_WORDS[operation.proof]],
        ["The exact text", <code>{operation.confirmationText}</code>],
        ["About", <Subject operation={operation} />],
        ["As it was at", <When at={operation.subjectUpdatedAt} />],
        ["Stripe mode", stripeMode === null ? "none: Stripe had no part in it" : MODE_WORDS[stripeMode]],
        ["Started", <When at={operation.createdAt} />],
        ["Last moved", <When at={operation.updatedAt} />],
      ]}
    />
  );
}

function Subject({ operation: { writeName, subjectId } }: { operation: Story["operation"] }) {
  const folder = FOLDERS[writeName];
  return folder ? (
    <a href={`/owner/${folder}/${encodeURIComponent(subjectId)}`}>{subjectId}</a>
  ) : (
    <code>{subjectId}</code>
  );
}

/** Where the subject of a write has a page here. */
const FOLDERS: Readonly<Record<string, string>> = {
  review_commission_evidence: "ledger",
  record_revocation_intent: "entitlements",
};

function NeverDone({
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
        ["State", waits ? APPROVAL_WORDS.pending : "never carried out"],
        ["Who", <Who name={personName} email={personEmail} />],
        ["Through", <Client name={clientName} clientId={approval.clientId} />],
        ["Says of itself, unverified", declaredName(approval.clientDeclared) ?? "nothing"],
        ["About", <code>{approval.subjectId}</code>],
      ]}
    />
  );
}

function Asking(props: { asked: Asked; waits: boolean; proof: Story["operation"]["proof"] | undefined }) {
  const { approval } = props.asked;
  const { status, withdrawnBecause } = approval;
  const passed = status === "pending" && !props.waits;
  const how = status === "approved" && props.proof ? `, ${PROOF_WORDS[props.proof]}` : "";
  return (
    <>
      <h2>The approval</h2>
      <Facts
        facts={[
          ["Asked", <When at={approval.createdAt} />],
          ["Good until", <When at={approval.expiresAt} />],
          ["It", passed ? "can no longer be approved" : `${APPROVAL_WORDS[status]}${how}`],
          withdrawnBecause !== null && ["Because", WITHDRAWAL_WORDS[withdrawnBecause]],
          approval.decidedAt !== null && ["Since", <When at={approval.decidedAt} />],
        ]}
      />
    </>
  );
}

/** Whether a yes could still carry it out. */
async function stillWaits({ approval }: Asked, ctx: Context): Promise<boolean> {
  if (approval.status !== "pending" || approval.expiresAt <= ctx.clock.now()) return false;
  return (await ctx.obstaclesTo([approval])).size === 0;
}

/** Why an operation failed. What a success answered is its actor's: it may hold a link that was given to them. */
async function problemOf({ operation }: Story, ctx: Context): Promise<ProblemBody | undefined> {
  if (operation.status !== "failed" || operation.answerSealed === null) return undefined;
  return (await openAnswer(ctx, operation)) as unknown as ProblemBody;
}
