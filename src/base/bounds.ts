/** A number that one caller cannot pass, with its reason. */
export interface Bound {
  readonly most: number;
  /** The window that is counted; null where things that stand at once are counted. */
  readonly seconds: number | null;
  /** Whose calls share one count. */
  readonly of: "account" | "client" | "grant" | "network" | "link" | "address" | "order" | "deployment";
  /** What is counted, in words for the owner. */
  readonly what: string;
  /** Why the bound has this number. */
  readonly reason: string;
  /** The `ratelimits` binding that counts, by location; without one, D1 counts in the batch of the call. */
  readonly binding?: `${string}_LIMIT`;
}

const MINUTE = 60;
const DAY = 24 * 60 * MINUTE;

/** Every bound on what one caller may cause. No number of a bound stands elsewhere. */
export const BOUNDS = {
  callsAnAccount: {
    most: 600,
    seconds: MINUTE,
    of: "account",
    what: "calls of tools, resources and the API",
    reason: "50 calls at once and 300 a minute are normal for an agent; twice that is not",
    binding: "ACTOR_LIMIT",
  },
  visits: {
    most: 120,
    seconds: MINUTE,
    of: "network",
    what: "requests by the holder of a link, and for sign-in and consent",
    reason: "people behind one address reload pages; a script tries links",
    binding: "VISITOR_LIMIT",
  },
  publicReads: {
    most: 240,
    seconds: MINUTE,
    of: "network",
    what: "reads of public documents, calls of the public endpoint, and calls with a token that is none",
    reason: "an agent reads ten resources to begin with, and many share the address of a host",
    binding: "PUBLIC_READ_LIMIT",
  },
  clicks: {
    most: 30,
    seconds: MINUTE,
    of: "network",
    what: "clicks on referral links",
    reason: "each click is a row that stays for its window",
    binding: "CLICK_LIMIT",
  },
  clicksADay: {
    most: 1_000,
    seconds: DAY,
    of: "network",
    what: "clicks on referral links",
    reason: "a large office in a day; 1.2 MB of D1",
  },
  clicksOfALinkADay: {
    most: 10_000,
    seconds: DAY,
    of: "link",
    what: "clicks on one referral link",
    reason: "a partner's best day; a network of bots reaches it and no further",
  },
  approvalsOfAPerson: {
    most: 5,
    seconds: null,
    of: "account",
    what: "approvals that wait for one person",
    reason: "a person who is asked for more approves without reading",
  },
  approvalsOfAClient: {
    most: 3,
    seconds: null,
    of: "client",
    what: "approvals that one client has waiting for one person",
    reason: "one client leaves room for the person's others",
  },
  stripeCalls: {
    most: 20,
    seconds: MINUTE,
    of: "account",
    what: "starts, expiries, visits to billing and checks that reach Stripe",
    reason: "Stripe takes 25 session creates a second from one business: one account must not use them up",
    binding: "STRIPE_CALL_LIMIT",
  },
  openCheckouts: {
    most: 20,
    seconds: null,
    of: "account",
    what: "checkouts that can still be paid",
    reason: "a person decides on a few at a time; each is watched at Stripe until it ends",
  },
  startsADay: {
    most: 300,
    seconds: DAY,
    of: "account",
    what: "checkouts that are started",
    reason: "ends a loop of starting and expiring; 4 MB of D1, where one account could write 11 GB",
  },
  unpaidEvidenceADay: {
    most: 20,
    seconds: DAY,
    of: "account",
    what: "commission evidence on checkouts that are not paid",
    reason: "each is work for the owner, and costs its maker nothing",
  },
  accountRequests: {
    most: 60,
    seconds: MINUTE,
    of: "network",
    what: "requests for an account or a mailed link",
    reason: "a class of people makes accounts from one address; each request costs a password's hash or a mail",
    binding: "ACCOUNT_REQUEST_LIMIT",
  },
  signIns: {
    most: 100,
    seconds: MINUTE,
    of: "network",
    what: "attempts to sign in, with passwords, codes and passkeys",
    reason: "people of one office sign in at nine o'clock; each attempt costs a password's hash",
    binding: "SIGN_IN_LIMIT",
  },
  guessesOfANetwork: {
    most: 20,
    seconds: MINUTE,
    of: "network",
    what: "wrong passwords for one account from one network",
    reason: "a person tries a few; one network alone must not use up what the account has",
  },
  guessesAnHour: {
    most: 100,
    seconds: 60 * MINUTE,
    of: "account",
    what: "wrong passwords for one account from all networks, where mail is sent",
    reason: "2,400 guesses a day find no password that is not on a short list; a mailed link keeps its person in",
  },
  mailsADay: {
    most: 200,
    seconds: DAY,
    of: "network",
    what: "mails that a network asks for",
    reason: "a large office in a day; a sender's good name and its provider's quota bear that much",
  },
  mailsToAnAddressADay: {
    most: 10,
    seconds: DAY,
    of: "address",
    what: "mails to one mailbox, of links that strangers can ask for",
    reason: "a person asks a few times; more is a stranger's nuisance",
  },
  signUpMailsToAnAddressADay: {
    most: 5,
    seconds: DAY,
    of: "address",
    what: "mails to one mailbox, of links to a new account",
    reason: "half of what a mailbox gets in a day, so that addresses with a +tag leave room for a link that signs in",
  },
  accountRemindersADay: {
    most: 1,
    seconds: DAY,
    of: "address",
    what: "mails that tell of an account which exists",
    reason: "the second one tells nothing new",
  },
  mailsOfAnAccountADay: {
    most: 30,
    seconds: DAY,
    of: "account",
    what: "mails that a signed-in person's own account causes",
    reason: "each change of a password or factor is told; no person makes 30 in a day",
  },
  approvalMailsADay: {
    most: 20,
    seconds: DAY,
    of: "account",
    what: "mails to a person about what their apps ask",
    reason: "apart from the mails about their account, so that no app can use those up and hide what happens there",
  },
  mailsOfAnOrderADay: {
    most: 5,
    seconds: DAY,
    of: "order",
    what: "mails of one kind to the buyer of an order: links to it that were asked for, answers to offers",
    reason: "a buyer asks for a link a few times; a stranger who asks on makes no more mail than that",
  },
  ownerMailsADay: {
    most: 48,
    seconds: DAY,
    of: "deployment",
    what: "mails to the owner, each of all that waits",
    reason: "one each half hour tells in time; what waits longer stands in the next one",
  },
  tokenRequests: {
    most: 240,
    seconds: MINUTE,
    of: "network",
    what: "requests for tokens",
    reason: "a host refreshes for many people from one address; each made-up token costs a read",
    binding: "TOKEN_LIMIT",
  },
  refreshesAGrant: {
    most: 60,
    seconds: 60 * MINUTE,
    of: "grant",
    what: "refreshes of one connection",
    reason:
      "a token is good for an hour: one refresh a minute is a fault of the client; each stores a token for an hour",
  },
  registrations: {
    most: 20,
    seconds: MINUTE,
    of: "network",
    what: "registrations of clients",
    reason: "a client registers once for an installation, a host once for a person who connects",
    binding: "REGISTRATION_LIMIT",
  },
  registrationsADay: {
    most: 200,
    seconds: DAY,
    of: "network",
    what: "registrations of clients",
    reason: "1 kB of the token store each, for a day where no consent follows",
  },
  documentFetches: {
    most: 10,
    seconds: MINUTE,
    of: "network",
    what: "fetches of client metadata documents",
    reason: "a person connects one app at a time; a fetch reaches an address that its caller chose",
    binding: "DOCUMENT_LIMIT",
  },
  documentFetchesANetwork: {
    most: 50,
    seconds: DAY,
    of: "network",
    what: "fetches of documents of clients that no consent knows",
    reason: "four networks at least are needed to use up the bound of all",
  },
  documentFetchesADay: {
    most: 200,
    seconds: DAY,
    of: "deployment",
    what: "fetches of documents of clients that no consent knows",
    reason: "a document is kept for up to a day, so a deployment with many apps fetches a few dozen",
  },
} as const satisfies Record<string, Bound>;

export type BoundName = keyof typeof BOUNDS;
/** Bounds that a binding counts. */
export type BoundByBinding = {
  [N in BoundName]: (typeof BOUNDS)[N] extends { binding: string } ? N : never;
}[BoundName];
/** Bounds that D1 counts, by window. */
export type CountedBound = {
  [N in BoundName]: (typeof BOUNDS)[N] extends { binding: string } | { seconds: null } ? never : N;
}[BoundName];

/** A bound by its name, as its widest type. */
export const boundOf = (name: BoundName): Bound => BOUNDS[name];

/** The window of a bound that `now` stands in, in epoch milliseconds; windows begin at multiples of their length. */
export function windowAt(seconds: number, now: number): { readonly start: number; readonly end: number } {
  const length = seconds * 1000;
  const start = now - (now % length);
  return { start, end: start + length };
}

/** Bounds of one account that a sale meets. A deployment has these numbers. */
export type AccountBounds = Readonly<Record<"openCheckouts" | "startsADay" | "unpaidEvidenceADay", number>>;
export const ACCOUNT_BOUNDS: AccountBounds = {
  openCheckouts: BOUNDS.openCheckouts.most,
  startsADay: BOUNDS.startsADay.most,
  unpaidEvidenceADay: BOUNDS.unpaidEvidenceADay.most,
};

/** The `ratelimits` bindings that a deployment has. */
export const limitBindings: readonly string[] = Object.values(BOUNDS).flatMap((bound: Bound) => bound.binding ?? []);

/** A client metadata document that takes longer is as one that can't be read. */
export const DOCUMENT_WAIT_MS = 3_000;

/** A /48 holds 65,536 networks of /64: all of them together may do this many times what one may. */
export const WIDE_NETWORK = 4;

const GUARD = "bound:";

/** The code of the guard that holds a bound in a batch. */
export const boundGuard = (name: BoundName): string => `${GUARD}${name}`;

/** The bound that a guard's code names; undefined for another guard. */
export function boundOfGuard(code: string): BoundName | undefined {
  return code.startsWith(GUARD) ? boundNamed(code.slice(GUARD.length)) : undefined;
}

/** The bound with this name; undefined where none has it. */
export function boundNamed(name: string): BoundName | undefined {
  return Object.hasOwn(BOUNDS, name) ? (name as BoundName) : undefined;
}
