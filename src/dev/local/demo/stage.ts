import type { Client } from "@modelcontextprotocol/client";
import type { LocalServer } from "../server.ts";
import { Differs } from "./checks.ts";

/** Parsed JSON of an answer; a step checks the fields that it uses. */
export type Json = Record<string, unknown>;

/** The values that one step stores for later ones. */
export interface Notes {
  referralClickId: string;
  attributedBefore: number;
  agent: Client;
  offer: Offer;
  call: StartCheckout;
  started: Started;
  hostedPage: string;
  successPage: string;
  commissionLedgerId: string;
  owner: Client;
}

/** An offer, as `commerce://offers/{offerId}` answers it. */
export interface Offer {
  readonly offerId: string;
  readonly name: string;
  readonly updatedAt: string;
  readonly confirmationText: string;
  readonly orderBumps: readonly { orderBumpId: string; name: string; totalCents: number; confirmationText: string }[];
}

/** The arguments of `start_checkout`. */
export interface StartCheckout {
  readonly offerId: string;
  readonly orderBumpIds: readonly string[];
  readonly referralClickId: string;
  readonly confirmationText: string;
  readonly idempotencyKey: string;
  readonly expectedUpdatedAt: string;
}

/** The answer of `start_checkout`. */
export interface Started {
  readonly operationId: string;
  readonly replayed: boolean;
  readonly result: { checkoutIntentId: string; checkoutUrl: string; amountCents: number; status: string };
}

/** The state of a demo: the running server, the notes of its steps, and all that its agents received. */
export class Stage {
  readonly origin: string;
  readonly sandbox: NonNullable<LocalServer["sandbox"]>;
  /** The text of every answer to an agent: what a model would have in its context. */
  readonly agentSaw: string[] = [];
  readonly #notes: Partial<Notes> = {};

  constructor(origin: string, sandbox: NonNullable<LocalServer["sandbox"]>) {
    this.origin = origin;
    this.sandbox = sandbox;
  }

  /** Stores a value for later steps. */
  note<K extends keyof Notes>(name: K, value: Notes[K]): void {
    this.#notes[name] = value;
  }

  /** Throws when no earlier step stored the value. */
  recall<K extends keyof Notes>(name: K): Notes[K] {
    const value = this.#notes[name];
    if (value === undefined) throw new Differs(`no earlier step stored ${name}`);
    return value as Notes[K];
  }

  /** `fetch` for agents; it keeps the text of each answer. */
  readonly agentFetch = async (url: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const answer = await fetch(url, init);
    const text = await answer.text();
    this.agentSaw.push(text);
    // A 202 or 204 must not have a body, not even an empty one.
    return new Response(text === "" ? null : text, answer);
  };

  /** `fetch` for a browser; it does not follow redirects. */
  readonly browserFetch = (url: string | URL, init?: RequestInit): Promise<Response> =>
    fetch(url, { redirect: "manual", ...init });
}
