import type { OAuthCode } from "./log.ts";
import type { ProblemCode } from "./problem.ts";

/** What a code in the log tells, and what the operator does. `alert`: one line is reason enough to call a person. */
export interface LogMeaning {
  /** What the line's `name` holds. */
  readonly name: string;
  readonly means: string;
  readonly act: string;
  readonly alert?: true;
}

const CALLERS = "Nothing: the answer tells the caller what to do.";
const HEALS = "Nothing: the scheduled run repeats it.";

/** What each refusal asks of the operator; its title is the one that the caller reads. */
const REFUSALS = {
  invalid_input: CALLERS,
  idempotency_key_required: CALLERS,
  unauthenticated: CALLERS,
  insufficient_scope: CALLERS,
  not_found: CALLERS,
  operation_in_progress: CALLERS,
  ineligible_state: CALLERS,
  approval_required: CALLERS,
  stale_state: CALLERS,
  idempotency_conflict: CALLERS,
  confirmation_mismatch: CALLERS,
  confirmation_required: CALLERS,
  rate_limited: "See `boundsMet` in `commerce://health`.",
  internal: "The line of `internal` with the same reference tells the place.",
  provider_unavailable: "Nothing, unless it stays: then look at Stripe's status page and at the settings in health.",
  provider_refused: "The line of `stripe` tells the call; `/owner/refusals` says what to mend.",
  outcome_unknown: "Nothing: the caller or the scheduled run finishes the operation.",
} as const satisfies Record<ProblemCode, string>;

const REFUSED_BY_OAUTH = "A request of a client's was refused: RFC 6749 and RFC 7591 tell the code.";

const OAUTH_MEANINGS = {
  invalid_client: "The client is unknown or its secret is wrong, or its metadata document could not be read.",
  invalid_client_metadata: REFUSED_BY_OAUTH,
  invalid_grant: "A code or a refresh token is used up, expired or ended. The client has to connect again.",
  invalid_redirect_uri: REFUSED_BY_OAUTH,
  invalid_request: REFUSED_BY_OAUTH,
  invalid_scope: REFUSED_BY_OAUTH,
  invalid_target: REFUSED_BY_OAUTH,
  invalid_token: "An access token is unknown, expired or ended. The client refreshes it or connects again.",
  insufficient_scope: "An access token lacks a scope.",
  not_implemented: REFUSED_BY_OAUTH,
  server_error: "The OAuth library failed.",
  temporarily_unavailable: "The token store did not answer, or a bound was met. Clients try again.",
  unauthorized_client: REFUSED_BY_OAUTH,
  unsupported_grant_type: REFUSED_BY_OAUTH,
  other: "The OAuth library answered with a code that this version does not know.",
} as const satisfies Record<OAuthCode, string>;

const OAUTH_ACTIONS: Partial<Record<OAuthCode, string>> = {
  server_error: "Look at the status of Workers KV; report it with `name` if it stays.",
  temporarily_unavailable: "Look at the status of Workers KV if it stays for minutes.",
  other: "Report it with `name`.",
};

const entries = <K extends string>(keys: readonly K[], meaning: (key: K) => LogMeaning) =>
  Object.fromEntries(keys.map((key) => [key, meaning(key)])) as Record<K, LogMeaning>;

const keysOf = <K extends string>(table: Readonly<Record<K, string>>) => Object.keys(table) as K[];

const WEBHOOK = { name: "the event's type" };
const PART = { name: "the part of the scheduled run" };

/** Every line of the log: `event`, then `code`. A code that is not here does not compile. OPERATING.md has its table. */
export const LOG_LINES = {
  write: {
    succeeded: { name: "the tool", means: "A write was done.", act: "Nothing." },
    replayed: { name: "the tool", means: "A repeated call got the stored answer.", act: "Nothing." },
    stored_private: { name: "the tool", means: "An announced file was received and stored.", act: "Nothing." },
    ...entries(keysOf(REFUSALS), (code) => ({
      name: "the tool, resource, route or page",
      means: "A call was refused; the table of errors in the README has the title.",
      act: REFUSALS[code],
    })),
  },
  webhook: {
    received: { ...WEBHOOK, means: "An event was stored, and waits for a check at Stripe.", act: HEALS },
    processed: { ...WEBHOOK, means: "An event was applied.", act: "Nothing." },
    ignored: {
      ...WEBHOOK,
      means: "An event is of a type or an object that does not concern this shop.",
      act: "Nothing.",
    },
    blocked: {
      ...WEBHOOK,
      means: "An event does not fit what is stored, so nothing was given for it.",
      act: "`/owner/webhooks` says why and can replay it.",
    },
    failed: { ...WEBHOOK, means: "An event was stored and could not be applied.", act: HEALS },
    duplicate: { ...WEBHOOK, means: "Stripe delivered an event again.", act: "Nothing." },
    bad_signature: {
      name: "`webhook`",
      means: "A call to the webhook's address is not signed with a secret of ours.",
      act: "A few come from strangers. One with each sale: the endpoint's secret at Stripe is not the one that is set.",
    },
  },
  auth: {
    ...entries(keysOf(OAUTH_MEANINGS), (code) => ({
      name: "the check of the OAuth library that failed",
      means: OAUTH_MEANINGS[code],
      act: OAUTH_ACTIONS[code] ?? "Nothing.",
    })),
    not_sent: {
      name: "`mail`",
      means: "A mail could not be sent. Its link stays good until it ends; the person can ask again.",
      act: "Check the sender address and the mail binding (`MAIL_FROM`, `MAIL`).",
      alert: true,
    },
  },
  mail: {
    not_sent: {
      name: "the kind of the mail",
      means: "The mail service did not take a mail; `fault` has its code. It is tried again for three days.",
      act: "Check the sender address, the mail binding and the service's daily limit (`MAIL_FROM`, `MAIL`).",
      alert: true,
    },
    not_made: {
      name: "the kind of the mail",
      means: "A mail could not be made from its rows. It is tried again for three days.",
      act: "Report `fault`, which names the place.",
      alert: true,
    },
    not_taken: { name: "`outbox`", means: "The mails that are due could not be read.", act: HEALS },
  },
  stripe: {
    provider_refused: {
      name: "the call",
      means: "Stripe refused a request for good. `refusal` has type, code, parameter and Stripe's id of the request.",
      act: "`/owner/refusals` says what to mend. With status 401 the key's mode is closed: set another key.",
      alert: true,
    },
  },
  internal: {
    internal: {
      name: "the tool, route or page",
      means: "A fault of ours. The caller was told its `reference`.",
      act: "Report `fault`, which names the place. A D1 that is out makes such lines until it is back.",
      alert: true,
    },
    mcp_handler: { name: "the endpoint", means: "The MCP library failed with a 5xx.", act: "Report it.", alert: true },
    settings_unusable: {
      name: "left out",
      means: "No request is served: `fault` names each setting that is missing or wrong.",
      act: "Set them, and deploy.",
      alert: true,
    },
    setting_unusable: {
      name: "the setting",
      means: "A setting of Stripe's can't be used, so its mode is closed. Each new isolate writes the line again.",
      act: "Set it as `fault` says.",
      alert: true,
    },
    store_unreachable: {
      name: "`oauth/token`",
      means: "Workers KV did not answer; the client was told to try again.",
      act: "Look at the status of Workers KV if it stays for minutes.",
    },
    file_missing: {
      name: "`file`",
      means: "R2 has no body for a file that the database has as stored, so its buyers can't download it.",
      act: "Upload the file again; `fault` names the upload. If no bucket was restored or emptied, take it for an intrusion.",
      alert: true,
    },
    finish_not_stored: {
      name: "the tool",
      means: "Stripe or R2 acted, and D1 did not take the result.",
      act: HEALS,
    },
    refusal_not_counted: {
      name: "the call to Stripe",
      means: "A refusal of Stripe's could not be stored; its line of `stripe` stands before this one.",
      act: "Nothing: the next refusal is counted.",
    },
    event_failed: {
      name: "the event's type",
      means: "An event could not be applied. It is tried again at once, then by the scheduled run.",
      act: "Nothing, unless `failedEvents` in health stays above 0 for a day.",
    },
    not_recorded: {
      ...PART,
      means: "An event of Stripe's list could be neither applied nor stored. The list is read again from there.",
      act: "Nothing, unless each run writes it.",
    },
    not_fetched: { name: "the event's type", means: "Stripe did not give a failed event.", act: HEALS },
    not_checked: { name: "`check_purchase` or the part", means: "Stripe did not tell about a checkout.", act: HEALS },
    not_traced: {
      name: "`trace_payment` or the part",
      means: "Stripe did not tell about a refunded payment.",
      act: HEALS,
    },
    not_settled: { name: "the tool", means: "An interrupted operation could not be finished yet.", act: HEALS },
    not_opened: {
      name: "the tool, or `payment_link`",
      means: "A stored answer or link does not open: its `SERVER_SECRET` was retired, or the value was altered.",
      act: "“Rotating a secret” tells how long the earlier secret is needed. Without a rotation it is an intrusion.",
      alert: true,
    },
    broke_off: {
      ...PART,
      means: "A part of the scheduled run failed. Its commits stay, and the other parts ran.",
      act: "Nothing for one run. If each run writes it, report `fault`.",
      alert: true,
    },
    head_differs: {
      ...PART,
      means:
        "The newest seal in R2 is not in the database, or its key is not published. Nothing is sealed until a person has looked.",
      act: "“After a restore” and “Rotating a secret” tell how it comes about. Without either, take it for an intrusion.",
      alert: true,
    },
  },
} as const satisfies Record<string, Record<string, LogMeaning>>;
