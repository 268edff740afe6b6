import { callWords, refusalAdvice } from "../commerce/refusal-words.ts";
import { MODE_WORDS } from "../commerce/words.ts";
import { latestRefusals } from "../db/provider-refusals.ts";
import { Table, When } from "../pages/elements.tsx";
import { type ConsolePage, consolePage, readRows } from "./console-page.tsx";
import { operationPath } from "./paths.ts";

/** What Stripe refuses for good, with what to do. The one page that shows Stripe's id of a request. */
export const refusalsPage: ConsolePage = {
  path: "/owner/refusals",
  async show(visit, refusal) {
    const { rows, business } = await readRows(visit, { refusals: latestRefusals(visit.site.ctx) });
    const content = (
      <>
        <p class="soft">
          Stripe refuses these requests each time, until something is changed. Each is listed for 30 days after it last
          came.
        </p>
        <Table
          label="Refusals"
          head={[
            "Stripe refuses to",
            "What to do",
            "Stripe's words",
            "Stripe mode",
            "Times",
            "Last",
            "Met by",
            "Request",
          ]}
          empty="Stripe refuses nothing."
          rows={rows.refusals.map((row) => [
            callWords(row.stripeCall),
            refusalAdvice(row),
            <code>{wordsOf(row)}</code>,
            MODE_WORDS[row.stripeMode],
            String(row.count),
            <When at={row.lastAt} />,
            row.lastOperationId === null ? "" : <a href={operationPath(row.lastOperationId)}>operation</a>,
            row.lastRequestId === null ? "" : <code>{row.lastRequestId}</code>,
          ])}
        />
      </>
    );
    return consolePage(visit, { title: "Stripe refusals", business, content, refusal });
  },
};

type Row = Awaited<ReturnType<typeof latestRefusals>>[number];

/** Stripe's own words, as its documentation of errors has them. */
function wordsOf({ lastStatus, errorType, errorCode, errorParam }: Row): string {
  return [String(lastStatus), errorType, errorCode, errorParam].filter((word) => word !== "none").join(" ");
}
