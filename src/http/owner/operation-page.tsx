import type { Context } from "../../context.ts";
import { auditOf } from "../../db/audit.ts";
import { approvalStory, operationStory } from "../../db/console.ts";
import type { ConfirmedWrite } from "../../kernel/confirmed-write.ts";
import { notFound, type ProblemBody } from "../../kernel/problem.ts";
import { openAnswer } from "../../kernel/stored-answer.ts";
import { declaredName } from "../client-words.ts";
import { type ConsolePage, consolePage, readRows } from "./console-page.tsx";
import { Client, Facts, Table, When, Who, words } from "./parts.tsx";

/** More than any operation leaves behind. */
const MOST_EVENTS = 100;

const PROOFS = {
  argument: "the text came in the call: a model can type it too",
  elicited: "the text was typed in the client, when it asked",
  approval_page: "the text was typed on a page of ours by the signed-in person",
} as const;

type Story = Awaited<ReturnType<typeof operationStory>>[number];
type Asked = Awaited<ReturnType<typeof approvalStory>>[number];

/** One operation and its story: who, through which client, by which proof, and every row that changed. */
export const operationPage: ConsolePage = {
  path: "/owner/operations/:id",
  async show(visit, again) {
    const { ctx, writes } = visit.parts;
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
    const content = (
      <>
        {story ? (
          <Done story={story} problem={await problemOf(story, ctx)} />
        ) : (
          asked && <NeverDone asked={asked} now={ctx.clock.now()} />
        )}
        {story?.operation.status === "succeeded" && (
          <p>
            <a href={`${visit.url.pathname}/receipt`}>Its signed receipt</a>
          </p>
        )}
        {asked && <Asking asked={asked} />}
        <h2>What changed</h2>
        <Table
          label="Audit"
          head={["When", "What", "Row", "Became", "In words"]}
          empty="Nothing."
          rows={rows.events.map((event) => [
            <When at={event.createdAt} />,
            words(event.eventKind),
            <code>{event.subjectId}</code>,
            words(event.subjectStatus ?? ""),
            event.summary,
          ])}
        />
      </>
    );
    return consolePage(visit, { title: titleOf(about.writeName, writes), business, content, again });
  },
};

/** A write by the name that people read. */
export function titleOf(writeName: string, writes: readonly ConfirmedWrite[]): string {
  return writes.find(({ name }) => name === writeName)?.title ?? words(writeName);
}

function Done({ story, problem }: { story: Story; problem: ProblemBody | undefined }) {
  const { operation, personName, personEmail, clientName, stripeMode } = story;
  return (
    <Facts
      facts={[
        ["Operation", <code>{operation.id}</code>],
        ["State", words(operation.status)],
        problem && ["Why", problem.detail],
        ["Who", <Who name={personName} email={personEmail} id={operation.actorId} />],
        ["As", words(operation.actorKind)],
        ["Through", <Client name={clientName} clientId={operation.clientId} />],
        ["Says of itself, unverified", declaredName(operation.clientDeclared) ?? "nothing"],
        ["Proof", `${words(operation.proof)}: ${PROOFS[operation.proof]}`],
        ["The exact text", <code>{operation.confirmationText}</code>],
        ["About", <Subject operation={operation} />],
        ["As it was at", <When at={operation.subjectUpdatedAt} />],
        ["Stripe mode", stripeMode ?? "none: Stripe had no part in it"],
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

function NeverDone({ asked: { approval, personName, personEmail, clientName }, now }: { asked: Asked; now: number }) {
  const waiting = approval.status === "pending" && approval.expiresAt > now;
  return (
    <Facts
      facts={[
        ["Operation", <code>{approval.operationId}</code>],
        ["State", waiting ? "waits for its person" : "never carried out"],
        ["Who", <Who name={personName} email={personEmail} />],
        ["Through", <Client name={clientName} clientId={approval.clientId} />],
        ["Says of itself, unverified", declaredName(approval.clientDeclared) ?? "nothing"],
        ["About", <code>{approval.subjectId}</code>],
      ]}
    />
  );
}

function Asking({ asked: { approval } }: { asked: Asked }) {
  const ended = approval.status === "pending" ? "run out or waiting" : approval.status;
  return (
    <>
      <h2>The approval</h2>
      <Facts
        facts={[
          ["Asked", <When at={approval.createdAt} />],
          ["Good until", <When at={approval.expiresAt} />],
          ["It was", ended],
          approval.decidedAt !== null && ["Decided", <When at={approval.decidedAt} />],
        ]}
      />
    </>
  );
}

/** Why an operation failed. What a success answered is its actor's: it may hold a link that was given to them. */
async function problemOf({ operation }: Story, ctx: Context): Promise<ProblemBody | undefined> {
  if (operation.status !== "failed" || operation.answerSealed === null) return undefined;
  return (await openAnswer(ctx, operation)) as unknown as ProblemBody;
}
