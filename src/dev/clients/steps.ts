/** The steps that each client plays, in order, with what they show. */
export const STEPS = {
  connect: "connects without a token and finds where its person signs in",
  signIn: "the person signs in and allows it; it redeems the code",
  list: "lists the tools",
  read: "reads an offer",
  sale: "starts a checkout with the exact text; the person pays, and it reads `paid`",
  refusal: "sends a wrong confirmation text and can tell why it was refused",
  refresh: "goes on with its refresh token when its access token has ended",
  forgotten: "signs in again when the server knows neither its registration nor its tokens",
} as const;

/** One of `STEPS`. */
export type Step = keyof typeof STEPS;

/** What came of a step. "not possible" is the client's own limit, or that of a run without its vendor. */
export type Cell =
  | { readonly outcome: "yes"; readonly how?: string }
  | { readonly outcome: "no" | "not possible"; readonly why: string };

/** What came of one client. */
export interface Played {
  readonly id: string;
  readonly name: string;
  /** Which part of it was played, and by what means. */
  readonly through: string;
  /** The version that was installed. */
  readonly version: string;
  readonly cells: Readonly<Record<Step, Cell>>;
}

/** A run of all clients, as it is kept for the page. */
export interface Run {
  /** The day of the run, as `YYYY-MM-DD`. */
  readonly date: string;
  readonly node: string;
  readonly clients: readonly Played[];
}

/** Thrown by a player where its client has no way to do a step. The message is the reason in a few words. */
export class NotPossible extends Error {}
