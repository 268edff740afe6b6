import { failureWords, refusalAdvice } from "../commerce/refusal-words.ts";
import { MODE_WORDS } from "../commerce/words.ts";
import { latestRefusals } from "../db/provider-refusals.ts";
import { Table } from "../pages/elements.tsx";
import { When } from "../pages/locale.tsx";
import { type ConsolePage, consolePage, readRows } from "./console-page.tsx";
import { OrderLink } from "./elements.tsx";
import { operationPath } from "./paths.ts";

/** Requests that are refused for good, with what to do. The one page that shows Stripe's id of a request. */
export const refusalsPage: ConsolePage = {
  path: "/owner/refusals",
  async show(visit, refusal) {
    const { rows, business } = await readRows(visit, { refusals: latestRefusals(visit.site.ctx) });
    const content = (
      <>
        <p class="soft">
          These requests fail each time, until something is changed. Each is listed for 30 days after it last failed.
        </p>
        <Table
          label="Refusals"
          head={["What fails", "What to do", "Reason", "Stripe mode", "Times", "Last", "Operation", "Order", "Request"]}
          empty="Stripe refused no request in the last 30 days."
          rows={rows.refusals.map((row) => [
            failureWords(row),
            refusalAdvice(row),
            <code>{reasonOf(row)}</code>,
            MODE_WORDS[row.stripeMode],
            String(row.count),
            <When at={row.lastAt} />,
            row.lastOperationId === null ? "" : <a href={operationPath(row.lastOperationId)}>operation</a>,
            <OrderLink id={row.lastCheckoutIntentId} />,
            row.lastRequestId === null ? "" : <code>{row.lastRequestId}</code>,
          ])}
        />
      </>
    );
    return consolePage(visit, { title: "Stripe refusals", business, content, refusal });
  },
};

type Row = Awaited<ReturnType<typeof latestRefusals>>[number];

/** The status and the words that Stripe's documentation of errors explains; of a price that differs, what differs. */
function reasonOf({ lastStatus, errorType, errorCode, errorParam }: Row): string {
  return [String(lastStatus), errorType, errorCode, errorParam].filter((word) => word !== "none").join(" ");
}
