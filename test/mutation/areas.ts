/** A part of the code where a mistake costs money, access or privacy, and the tests that have to notice one. */
export interface Area {
  readonly id: string;
  /** Patterns of the files that are changed, from the root. A file is of one area. */
  readonly mutate: readonly string[];
  /** The tests that run on each mutant first, the quick ones before the slow: patterns, from the root. */
  readonly tests: readonly string[];
  /** The tests that run on a mutant which `tests` did not notice. */
  readonly wider: readonly string[];
}

/** The areas of S9, those with quick tests first. The guards in SQL are an area of their own, in `run-sql-area.ts`. */
export const AREAS: readonly Area[] = [
  {
    id: "facts",
    mutate: ["src/facts/*.ts"],
    tests: ["test/facts/*.test.ts"],
    wider: ["test/life/{money-back,late-payments,mismatch}.test.ts", "test/mails/owner-mail.test.ts"],
  },
  {
    id: "redaction",
    mutate: [
      "src/base/{log-lines,log,masked-address,redaction,secrets,shown}.ts",
      "src/db/{public-row,sealed-rows}.ts",
      "src/kernel/sealed-columns.ts",
      "src/pages/untrusted-text.ts",
    ],
    tests: [
      "test/base/{log-table,redaction,shown,keyring,masked-address,fault-of,known-answers,typed-amount}.test.ts",
      "test/pages/untrusted-text.test.ts",
      "test/kernel/sealed-columns.test.ts",
      "test/db/rows.test.ts",
      "test/http/faults.test.ts",
    ],
    wider: [
      "test/db/append-only.test.ts",
      "test/contract/{operation-sight,hostile-text,canary}.test.ts",
      "test/resources/*.test.ts",
      "test/erasure/*.test.ts",
      "test/mails/owner-mail.test.ts",
    ],
  },
  {
    id: "receipts",
    mutate: ["src/{audit,receipts,signing}/*.ts"],
    tests: ["test/receipts/{jws,assertion,receipts}.test.ts", "test/audit/{chain,seal}.test.ts"],
    wider: ["test/approvals/{touch-file,touch}.test.ts", "test/account/data.test.ts", "test/heal/heal.test.ts"],
  },
  {
    id: "money",
    mutate: [
      "src/base/{money,typed-amount}.ts",
      "src/commerce/affiliates/{commission,ledger-entry}.ts",
      "src/commerce/{money-lines,tax}.ts",
      "src/commerce/checkout/as-confirmed.ts",
      "src/commerce/purchase/money.ts",
      "src/stripe/amounts.ts",
    ],
    tests: ["test/base/{money,typed-amount}.test.ts", "test/life/{mismatch,money-back}.test.ts"],
    wider: [
      "test/tools/create-commission-evidence.test.ts",
      "test/base/tax.test.ts",
      "test/life/{told-again,tax,months,late-payments}.test.ts",
      "test/account/orders.test.ts",
      "test/console/order-page.test.ts",
      "test/accounts/money.test.ts",
      "test/storefront/{offers-page,home-page}.test.ts",
      "test/approvals/limits-money.test.ts",
    ],
  },
  {
    id: "kernel",
    mutate: [
      "src/kernel/{absent-actor,actor,asset-store,confirmed-write,context,endpoint,mode-words,operation-sight}.ts",
      "src/kernel/{operation-view,parts,public-document,read-tool,resource,run-effect,run-records,run-steps,run-write,run,same-call}.ts",
      "src/kernel/{write-contract,write-refusals,write-request}.ts",
    ],
    tests: ["test/kernel/*.test.ts", "test/resources/owner.test.ts", "test/approvals/told.test.ts"],
    wider: [
      "test/contract/{log-of-writes,withheld-members}.test.ts",
      "test/resources/{cursors,offers}.test.ts",
      "test/http/kept-documents.test.ts",
      "test/life/live-business.test.ts",
      "test/clients/{missing-scope,how-hosts-call}.test.ts",
      "test/contract/{parts,registry,doors}.test.ts",
      "test/auth/token-use.test.ts",
      "test/tools/{upload-inline,start-checkout}.test.ts",
      "test/approvals/{changed,once,ask-again}.test.ts",
      "test/contract/operation-sight.test.ts",
      "test/tools/record-revocation-intent.test.ts",
      "test/stories/start-checkout-faults.test.ts",
    ],
  },
  {
    id: "approvals",
    mutate: [
      "src/approvals/*.ts",
      "src/kernel/{approval,approval-obstacles,asked-at-once,grant-limits,question-lines,risk}.ts",
    ],
    tests: ["test/approvals/{run-out,limits,told,changed,touch}.test.ts"],
    wider: [
      "test/approvals/{ends,before-passkeys,unreadable-call,words,shown,limits-money,limits-count,ask-again,once,touch-attacks,who-may-decide}.test.ts",
      "test/approvals/{what-is-approved,approval-page}.test.ts",
      "test/console/minimum-proofs.test.ts",
    ],
  },
  {
    id: "stripe",
    mutate: [
      "src/stripe/{verify-event,session-events,payment-events,invoice-events,subscription-events}.ts",
      "src/stripe/{object-names,fetch-object,fetch-purchase,invoice-lines,line-item,checkout-session}.ts",
    ],
    tests: [
      "test/stripe/verdicts.test.ts",
      "test/life/{session-settings,money-back,months}.test.ts",
      "test/webhook/verification.test.ts",
    ],
    wider: [
      "test/stripe/{readers,mapped-price}.test.ts",
      "test/stories/{next-key,lost-call}.test.ts",
      "test/webhook/charge-alone.test.ts",
      "test/life/{declined,plan,traced,late-payments,tax,yearly-plan}.test.ts",
      "test/webhook/{checkout-events,other-versions}.test.ts",
      "test/stories/start-checkout-faults.test.ts",
      "test/heal/heal.test.ts",
      "test/stripe/every-call.test.ts",
    ],
  },
  {
    id: "purchase",
    mutate: [
      "src/commerce/purchase/{apply-event,apply-report,belongs,changes,check-purchase,effects,event-records}.ts",
      "src/commerce/purchase/{fetch-event,known,mails,read-event,receive-event,replay-event,report,standing}.ts",
      "src/commerce/purchase/{trace-payment,unheard-types,unserved}.ts",
    ],
    tests: ["test/life/{told-again,plan,mismatch,money-back}.test.ts", "test/webhook/checkout-events.test.ts"],
    wider: [
      "test/life/{audit-summaries,contradicted-plan,foreign-invoice,overtaken-invoice}.test.ts",
      "test/contract/log-of-events.test.ts",
      "test/webhook/{innermost-fault,what-is-kept,refused-reports,arrival,heard-types,contradicted,other-versions,strangers}.test.ts",
      "test/mails/{buyer-mails,owner-mail,delivery-mail}.test.ts",
      "test/life/{months,ties,late-payments,traced}.test.ts",
      "test/heal/failed-events.test.ts",
    ],
  },
  {
    id: "auth",
    mutate: ["src/auth/*.ts"],
    tests: [
      "test/auth/{return-to,webauthn,flow,account,forms,mailed-links,passkey-sign-in,client-shapes,token-use}.test.ts",
    ],
    wider: [
      "test/auth/{destination,request-fault,credentials,token-requests,sign-in-faults,owner-setup}.test.ts",
      "test/bounds/sign-ups.test.ts",
      "test/auth/{strangers-text,kept-path,sign-up,sign-up-policy,passkeys,consent,challenges,limits,owner-factor,second-factor,people}.test.ts",
      "test/bounds/{mails,reads,client-documents,guesses}.test.ts",
      "test/erasure/erasure.test.ts",
      "test/account/approvals.test.ts",
      "test/approvals/limits.test.ts",
    ],
  },
];

/** How many mutants of each area are drawn. */
export const DRAWN = 33;
