import { isThere, ROUTES } from "../commerce/routes.ts";
import {
  DECISION_WORDS,
  ENTITLEMENT_WORDS,
  ledgerWords,
  offerWords,
  productWords,
  subjectStatusWords,
} from "../commerce/words.ts";
import { ifJoined } from "../db/joined.ts";
import type { LedgerRow } from "../db/ledger.ts";
import type { orderQueries } from "../db/order-details.ts";
import type { Context } from "../kernel/context.ts";
import { Facts, Table } from "../pages/elements.tsx";
import { Day, Money, OwnWords, When } from "../pages/locale.tsx";
import { FOLLOW_UP_WORDS, MAIL_STATUS_WORDS, MAIL_WORDS, TASK_WORDS } from "./order-words.ts";
import { entitlementPath, ledgerEntryPath } from "./paths.ts";

type Queries = ReturnType<typeof orderQueries>;
type Rows<Name extends keyof Queries> = Awaited<Queries[Name]>;

/** The access that an order gave, with the tasks of a person and the downloads. */
export function Access({ access, ctx }: { access: Rows<"access">; ctx: Context }) {
  if (access.length === 0) return null;
  const hasTasksPage = isThere(ROUTES.ownerTasks, ctx.parts);
  return (
    <>
      <h2>Access</h2>
      <Table
        label="Access"
        head={["To", "Access", "Granted", "Task", "Downloads"]}
        empty=""
        rows={access.map(({ id, status, grantedAt, productName, task, downloads, lastDownloadAt }) => {
          const known = ifJoined(task);
          return [
            <a href={entitlementPath(id)}>
              <OwnWords>{productWords(productName)}</OwnWords>
            </a>,
            ENTITLEMENT_WORDS[status],
            <When at={grantedAt} />,
            known && (
              <>
                {hasTasksPage ? <a href={ROUTES.ownerTasks}>{TASK_WORDS[known.status]}</a> : TASK_WORDS[known.status]}
                {": "}
                <OwnWords>{known.summary}</OwnWords>
              </>
            ),
            lastDownloadAt === null ? (
              ""
            ) : (
              <>
                {downloads}, the last at <When at={lastDownloadAt} />
              </>
            ),
          ];
        })}
      />
    </>
  );
}

/** The plan that an order bought: what it gives now, and its subscription. */
export function Plan({ plan: { name, ...rows } }: { plan: Rows<"plan">[number] }) {
  const [entitlement, subscription] = [ifJoined(rows.entitlement), ifJoined(rows.subscription)];
  return (
    <>
      <h2>Plan</h2>
      <Facts
        facts={[
          ["Plan", <OwnWords>{name}</OwnWords>],
          ["Gives", entitlement ? ENTITLEMENT_WORDS[entitlement.status] : "nothing yet"],
          entitlement && ["Since", <Day at={entitlement.startsAt} />],
          subscription && ["Subscription", subjectStatusWords(subscription.id, subscription.status)],
          subscription !== undefined &&
            subscription.currentPeriodEnd !== null && ["Paid until", <Day at={subscription.currentPeriodEnd} />],
          subscription?.cancelAtPeriodEnd === 1 && ["Renewal", "it ends with its period"],
        ]}
      />
    </>
  );
}

/** The commission evidence of an order. */
export function Evidence({ entry, ctx }: { entry: LedgerRow; ctx: Context }) {
  const path = ledgerEntryPath(entry.id);
  return (
    <>
      <h2>Commission evidence</h2>
      <Facts
        facts={[
          ["State", ledgerWords(entry.ledgerStatus, entry.reviewStatus)],
          ["Commission", <Money cents={entry.commissionCents} currency={entry.currency} />],
          ["Payable", "never"],
          ["Partner", entry.partnerId],
          isThere(path, ctx.parts) && ["Entry", <a href={path}>its reviews</a>],
        ]}
      />
    </>
  );
}

/** What the buyer answered to later offers. */
export function Answers({ answers, ctx }: { answers: Rows<"answers">; ctx: Context }) {
  const hasPage = isThere(ROUTES.ownerAnswers, ctx.parts);
  return (
    <>
      <h2>Answers</h2>
      <Table
        label="Answers"
        head={["Offer", "Answer", "When", "Follow-up"]}
        empty=""
        rows={answers.map(({ offerName, decisionKind, createdAt, followUp }) => [
          <OwnWords>{offerWords(offerName)}</OwnWords>,
          DECISION_WORDS[decisionKind],
          <When at={createdAt} />,
          followUp &&
            (hasPage ? <a href={ROUTES.ownerAnswers}>{FOLLOW_UP_WORDS[followUp]}</a> : FOLLOW_UP_WORDS[followUp]),
        ])}
      />
    </>
  );
}

/** The newest mails of an order. */
export function Mails({ mails }: { mails: Rows<"mails"> }) {
  return (
    <>
      <h2>Mails</h2>
      <Table
        label="Mails"
        head={["Mail", "State", "When"]}
        empty=""
        rows={mails.map(({ mailKind, status, createdAt, sentAt }) => [
          MAIL_WORDS[mailKind],
          MAIL_STATUS_WORDS[status],
          <When at={sentAt ?? createdAt} />,
        ])}
      />
    </>
  );
}
