import type { Client } from "@modelcontextprotocol/client";
import type { LocalServer } from "../server.ts";
import { Differs } from "./checks.ts";

/** JSON as it came over the wire; a step checks what it uses. */
export type Json = Record<string, unknown>;

/** What one step found out and a later one needs. */
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

export interface Offer {
  readonly offerId: string;
  readonly name: string;
  readonly updatedAt: string;
  readonly confirmationText: string;
  readonly orderBumps: readonly { orderBumpId: string; name: string; totalCents: number; confirmationText: string }[];
}

export interface StartCheckout {
  readonly offerId: string;
  readonly orderBumpIds: readonly string[];
  readonly referralClickId: string;
  readonly confirmationText: string;
  readonly idempotencyKey: string;
  readonly expectedUpdatedAt: string;
}

export interface Started {
  readonly operationId: string;
  readonly replayed: boolean;
  readonly result: { checkoutIntentId: string; checkoutUrl: string; amountCents: number; status: string };
}

/** Where the story plays: the running server, and all that its agent has been told so far. */
export class Stage {
  readonly origin: string;
  readonly sandbox: NonNullable<LocalServer["sandbox"]>;
  /** Everything that reached the agent, word for word: what a model would have in its context. */
  readonly agentSaw: string[] = [];
  readonly #notes: Partial<Notes> = {};

  constructor(origin: string, sandbox: NonNullable<LocalServer["sandbox"]>) {
    this.origin = origin;
    this.sandbox = sandbox;
  }

  note<K extends keyof Notes>(name: K, value: Notes[K]): void {
    this.#notes[name] = value;
  }

  /** Throws where the step that would have noted it did not get so far. */
  recall<K extends keyof Notes>(name: K): Notes[K] {
    const value = this.#notes[name];
    if (value === undefined) throw new Differs(`no earlier step found out: ${name}`);
    return value as Notes[K];
  }

  /** Requests of the agent: what comes back is kept. */
  readonly agentFetch = async (url: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const answer = await fetch(url, init);
    const text = await answer.text();
    this.agentSaw.push(text);
    // Statuses that must not have a body refuse even an empty one.
    return new Response(text === "" ? null : text, answer);
  };

  /** Requests of a browser, one hop at a time. */
  readonly browserFetch = (url: string | URL, init?: RequestInit): Promise<Response> =>
    fetch(url, { redirect: "manual", ...init });
}
