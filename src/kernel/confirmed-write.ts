import type * as z from "zod";
import type { Problem } from "../base/problem.ts";
import type { Query, Rows } from "../db/database.ts";
import type { BusinessRow, OperationRow } from "../db/operations.ts";
import type { AUDIT_EVENT_KINDS } from "../db/schema/vocabulary.ts";
import type { Actor, Scope } from "./actor.ts";
import type { Context } from "./context.ts";
import type { WriteContract } from "./write-contract.ts";

/** The row a write is about, and the version of it that the caller must quote. */
export interface Subject {
  readonly id: string;
  readonly updatedAt: number;
}

/** One state change, for the audit. Exactly one for each, in the same commit. */
export interface AuditEntry {
  readonly eventKind: (typeof AUDIT_EVENT_KINDS)[number];
  readonly subjectId: string;
  readonly subjectStatus?: string;
  readonly checkoutIntentId?: string;
  /** For people: says what happened, names nobody. */
  readonly summary: string;
}

/** What a write does to the database. Statements only: nothing is performed by making them. */
export interface Changes {
  readonly writes: readonly Query[];
  readonly audit: readonly AuditEntry[];
}

/** How an operation with an outside effect stands after a try. */
export type Settlement<Out> = Changes &
  (
    | { readonly status: "succeeded"; readonly result: Out }
    | { readonly status: "failed" | "pending" | "outcome_unknown"; readonly problem: Problem }
  );

/** Identity of the operation that a plan belongs to, known before anything is written. */
export interface OperationSeed {
  readonly id: string;
  readonly idempotencyKey: string;
  readonly auditCorrelationId: string;
  readonly actor: Actor;
  /** The time of this call. */
  readonly now: number;
}

interface Stage<In, Loaded extends Record<string, Query>> {
  readonly input: In;
  readonly loaded: Rows<Loaded>;
  readonly business: BusinessRow;
  readonly actor: Actor;
  readonly ctx: Context;
}

/**
 * A write that has to leave the building. `act` may run several times and at once for one operation, so whatever it
 * calls must be idempotent by itself; it never touches the database. `settle` turns what came back into rows.
 */
export interface OutsideEffect<In, Loaded extends Record<string, Query>, Pending, Outcome, Out> {
  /** Finds what the claim wrote, on a later call with the same key. */
  resume(stage: Stage<In, Loaded>): Pending | undefined;
  act(args: { pending: Pending; operation: OperationSeed; ctx: Context }): Promise<Outcome>;
  settle(args: {
    pending: Pending;
    outcome: Outcome;
    operation: OperationSeed;
    stage: Stage<In, Loaded>;
    ctx: Context;
  }): Promise<Settlement<Out>>;
}

/** A confirmed write as its file declares it. Everything that every write owes is the kernel's and not in here. */
export interface WriteDeclaration<
  InputSchema extends z.ZodObject,
  OutputSchema extends z.ZodObject,
  Loaded extends Record<string, Query>,
  About extends Subject,
  Pending,
  Outcome,
> {
  /** `verb_noun`; also the name of its file. */
  readonly name: string;
  /** What the route and the published document say of it. */
  readonly contract: WriteContract;
  readonly title: string;
  /** For a model that reads it cold: what it does, what to read first, what it never does. */
  readonly description: string;
  readonly scope: Scope;
  /** The HTTP twin, as `METHOD /path`. */
  readonly route: `POST /api/${string}`;
  /** False where the arguments cannot be kept until a person has approved them, as a file's bytes. */
  readonly approvable?: false;
  readonly input: InputSchema;
  /** The allow-list: a field that is not in it never leaves the Worker. */
  readonly output: OutputSchema;
  /** Queries for all that the write has to know; they share one batch with the kernel's own. */
  load(args: { input: z.output<InputSchema>; actor: Actor; idempotencyKey: string; ctx: Context }): Loaded;
  /** Throws `not_found` where the subject is absent or not the actor's. */
  subject(stage: Stage<z.output<InputSchema>, Loaded>): About;
  /** The resource that publishes the subject, its version and the exact text. */
  subjectResource(subject: About): string;
  /** The exact sentence, from stored facts only. */
  confirmation(stage: Stage<z.output<InputSchema>, Loaded> & { subject: About }): string;
  /**
   * What the person who is asked should see beside the sentence, for somebody who knows no ids: target, amounts, before
   * and after, and every argument. From stored facts; text that others wrote is a value, never a label.
   */
  consequences(stage: Stage<z.output<InputSchema>, Loaded> & { subject: About }): readonly Consequence[];
  /** Throws `ineligible_state` and says which state is needed. */
  eligible(stage: Stage<z.output<InputSchema>, Loaded> & { subject: About }): void;
  /** What gets written. A local write has its result at once; one with an effect has a claim to go on with. */
  plan(
    args: Stage<z.output<InputSchema>, Loaded> & { subject: About; operation: OperationSeed },
  ): Promise<Changes & ({ readonly result: z.output<OutputSchema> } | { readonly pending: Pending })>;
  readonly effect?: OutsideEffect<z.output<InputSchema>, NoInfer<Loaded>, Pending, Outcome, z.output<OutputSchema>>;
}

/** One line of what an approval shows. */
export interface Consequence {
  readonly label: string;
  readonly value: string;
  /** Free text of the caller's own: shown as a quotation, to the person on our page and to nobody else. */
  readonly quoted?: true;
}

/** The private words that a call came with, where it came with any. */
export function quotedReason(reason: string | undefined): Consequence[] {
  return reason === undefined ? [] : [{ label: "Reason, as your assistant wrote it", value: reason, quoted: true }];
}

/** A declared write with its types closed over, as registries and doors handle it. */
// biome-ignore lint/suspicious/noExplicitAny: a registry holds writes of every type; each was checked where it was declared.
export type ConfirmedWrite = WriteDeclaration<any, any, any, any, any, any>;

/** What every write answers. */
export interface WriteAnswer {
  readonly operationId: string;
  readonly replayed: boolean;
  readonly confirmation: { readonly proof: OperationRow["proof"] };
  readonly actorKind: OperationRow["actorKind"];
  readonly result: Record<string, unknown>;
}

/** Declares a write. Throws at start-up on a declaration that could not be served. */
export function defineConfirmedWrite<
  InputSchema extends z.ZodObject,
  OutputSchema extends z.ZodObject,
  Loaded extends Record<string, Query>,
  About extends Subject,
  Pending = never,
  Outcome = never,
>(
  declaration: WriteDeclaration<InputSchema, OutputSchema, Loaded, About, Pending, Outcome>,
): WriteDeclaration<InputSchema, OutputSchema, Loaded, About, Pending, Outcome> {
  if (!/^[a-z0-9_]{1,40}$/.test(declaration.name)) throw new Error(`${declaration.name}: not a tool name`);
  for (const word of ["confirmationText", "idempotencyKey", "expectedUpdatedAt"]) {
    if (word in declaration.input.shape) throw new Error(`${declaration.name}: ${word} belongs to the kernel`);
  }
  return declaration;
}
