import { isClosed } from "../commerce/checkout/open-mode.ts";
import type { HealReport } from "../commerce/heal/heal.ts";
import { PATIENCE_MS } from "../commerce/heal/operations.ts";
import { missingSettings } from "../commerce/modes.ts";
import { unheardTypes } from "../commerce/purchase/unheard-types.ts";
import { moneyWithoutService } from "../commerce/purchase/unserved.ts";
import { isThere, ROUTES } from "../commerce/routes.ts";
import { openAnswers } from "../db/answers.ts";
import { allWaiting } from "../db/checks.ts";
import { blockedCheckouts, SHOWN, waitingApprovals } from "../db/console.ts";
import { COUNT_LIMIT, healthQueries } from "../db/health.ts";
import { unreviewedEntries } from "../db/ledger.ts";
import { openIntentIds } from "../db/revocation-intents.ts";
import { openTasks } from "../db/tasks.ts";
import { Facts, Table } from "../pages/elements.tsx";
import { Notice } from "../pages/form-parts.tsx";
import { When } from "../pages/locale.tsx";
import { type ConsolePage, consolePage, readRows } from "./console-page.tsx";
import { App, Who } from "./elements.tsx";
import { titleOf } from "./operation-page.tsx";
import { ordersPath } from "./paths.ts";
import type { Visit } from "./visit.tsx";

/** Pending approvals, counts of what the owner should review, and the health of the server. */
export const overviewPage: ConsolePage = {
  path: "/owner",
  async show(visit, refusal) {
    const { ctx } = visit.site;
    const { rows, business } = await readRows(visit, {
      own: waitingApprovals(ctx, "own", visit.person.userId),
      others: waitingApprovals(ctx, "others", visit.person.userId),
      unreviewed: unreviewedEntries(ctx),
      intents: openIntentIds(ctx, COUNT_LIMIT),
      blockedCheckouts: blockedCheckouts(ctx),
      tasks: openTasks(ctx, COUNT_LIMIT),
      answers: openAnswers(ctx, COUNT_LIMIT),
      ...healthQueries(ctx, ctx.clock.now() - PATIENCE_MS),
    });
    // An approval with an obstacle can no longer be decided.
    const asked = [...rows.own, ...rows.others.slice(0, SHOWN)];
    const dead = await ctx.obstaclesTo(asked.map(({ approval }) => approval));
    const waiting = asked.filter(({ approval }) => !dead.has(approval.id));
    const [last] = rows.lastWebhook;
    const [missed] = rows.lastMissed;
    const [run] = rows.run;
    const checks = allWaiting(rows.waitingChecks, COUNT_LIMIT);
    const report: unknown = run ? JSON.parse(run.reportJson) : undefined;
    const toReview = [
      { href: ROUTES.ownerAnswers, count: rows.answers.length, of: "buyers who want to be talked to" },
      { href: ROUTES.ownerTasks, count: rows.tasks.length, of: "tasks to do" },
      { href: "/owner/ledger", count: rows.unreviewed[0]?.total ?? 0, of: "ledger entries to review" },
      { href: "/owner/revocation-intents", count: rows.intents.length, of: "open removal intents" },
      { href: ordersPath("status", "blocked"), count: rows.blockedCheckouts.length, of: "blocked orders" },
      {
        href: "/owner/money-without-service",
        count: moneyWithoutService(rows).length,
        of: "paid invoices without a service",
      },
      { href: "/owner/webhooks", count: rows.failed[0]?.events ?? 0, of: "failed Stripe events" },
      { href: "/owner/webhooks", count: rows.blocked[0]?.events ?? 0, of: "blocked Stripe events" },
      { href: "/owner/refusals", count: rows.refusals.length, of: "kinds of request that fail at Stripe" },
      { href: "/owner/webhooks", count: rows.contradicted.length, of: "contradicted Stripe events" },
      { href: "/owner/operations", count: rows.stuck.length, of: "unfinished operations" },
    ];
    const content = (
      <>
        {auditDiffers(report) && (
          <Notice kind="bad">
            The audit differs from its seal that is kept outside of the database: sealed rows were removed or changed,
            or the database was restored to an earlier moment. No new row is sealed until this is mended. The operator
            checks it with the script <code>audit:verify</code>.
          </Notice>
        )}
        {[...ctx.stripe.faults, ...missingSettings(rows.wantedModes, ctx)].map(({ setting, rule }) => (
          <Notice kind="bad">{`The setting ${setting} ${rule}. Nothing is sold in its mode until this is mended.`}</Notice>
        ))}
        {rows.closedModes
          .filter((row) => isClosed(row, row.stripeMode, ctx.stripe))
          .map(({ stripeMode, closedAt }) => (
            <Notice kind="bad">
              Stripe has refused the key of {stripeMode} mode since <When at={closedAt} />. Nothing is sold with it
              until Stripe takes it again, or another key is set.
            </Notice>
          ))}
        {unheardTypes(rows.heardTypes).map(({ eventType, whatToDo }) => (
          <Notice kind="bad">
            <code>{eventType}</code> {whatToDo}
          </Notice>
        ))}
        <h2>Waiting for approval</h2>
        <Waiting waiting={waiting} visit={visit} />
        {rows.others.length > SHOWN && (
          <p class="soft">{`More than ${SHOWN} wait for other people. Those that expire first are shown.`}</p>
        )}
        <h2>To review</h2>
        <ul class="counts">
          {toReview
            .filter(({ href }) => isThere(href, ctx.parts))
            .map((counted) => (
              <Count {...counted} />
            ))}
        </ul>
        <h2>Health</h2>
        <Facts
          facts={[
            ["Last webhook", last ? <When at={last.deliveredAt} /> : "none yet"],
            last && [
              "Delay of the last webhook",
              `${Math.max(0, Math.round((last.deliveredAt - last.createdAt) / 1000))} s`,
            ],
            missed && ["Last missed webhook", <When at={missed.createdAt} />],
            ["Refunded payments to trace at Stripe", countOf(rows.waitingTraces.length)],
            ["Checkouts to check at Stripe", countOf(checks.count)],
            checks.since !== undefined && ["Oldest check due since", <When at={checks.since} />],
            ["Last scheduled run", run ? <When at={run.finishedAt} /> : "none yet"],
            ...(run ? reportOf(report) : []),
          ]}
        />
        <form method="get" action="/owner/find">
          <label for="operation">Operation id</label>
          <input id="operation" name="operation" required autocomplete="off" />
          <div class="actions">
            <button type="submit">Find the operation</button>
          </div>
        </form>
      </>
    );
    return consolePage(visit, { title: "Overview", business, content, refusal });
  },
};

function Waiting({ waiting, visit }: { waiting: Awaited<ReturnType<typeof waitingApprovals>>; visit: Visit }) {
  return (
    <Table
      label="Pending approvals"
      head={["Operation", "App", "Person", "Valid until"]}
      empty="No approval is pending."
      rows={waiting.map(({ approval, personName, personEmail, clientName }) => {
        const title = titleOf(approval.writeName, visit.site.ctx);
        return [
          // Only the person that an approval asks can open it.
          approval.actorId === visit.person.userId ? <a href={`/approvals/${approval.id}`}>{title}</a> : title,
          <App name={clientName} clientId={approval.clientId} />,
          <Who name={personName} email={personEmail} />,
          <When at={approval.expiresAt} />,
        ];
      })}
    />
  );
}

function Count({ href, count, of }: { href: string; count: number; of: string }) {
  return (
    <li class="card">
      <strong>{countOf(count)}</strong>
      <a href={href}>{of}</a>
    </li>
  );
}

const countOf = (count: number) => (count >= COUNT_LIMIT ? `${COUNT_LIMIT} or more` : String(count));

/** Whether the latest run found that the database has lost or changed a sealed row. */
function auditDiffers(report: unknown): boolean {
  const { audit } = (report ?? {}) as { readonly audit?: HealReport["audit"] };
  return typeof audit === "object" && audit.head === "differs";
}

/** The nested report of a run as lines. It holds counts and fixed words. */
function reportOf(report: unknown, path: readonly string[] = []): (readonly [string, string])[] {
  if (typeof report !== "object" || report === null) return [[path.map(spaced).join(": "), String(report)]];
  return Object.entries(report).flatMap(([name, value]) => reportOf(value, [...path, name]));
}

const spaced = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
