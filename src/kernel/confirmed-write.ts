import type * as z from "zod";
import { envelopeFields } from "../base/fields.ts";
import type { Problem } from "../base/problem.ts";
import type { AuditEntry } from "../db/audit.ts";
import type { Query, Rows } from "../db/database.ts";
import type { Spending } from "../db/grant-limits.ts";
import type { BusinessRow, OperationRow } from "../db/operations.ts";
import type { BusinessPart, Risk, StripeMode } from "../db/schema/vocabulary.ts";
import type { Actor, Scope } from "./actor.ts";
import type { Context } from "./context.ts";
import type { RiskByAction } from "./risk.ts";
import type { WriteContract } from "./write-contract.ts";

/** The row a write is about, and the version of it that the caller must quote. */
export interface Subject {
  readonly id: string;
  readonly updatedAt: number;
}

/** The statements and audit entries of a write, for its commit. */
export interface Changes {
  readonly writes: readonly Query[];
  readonly audit: readonly AuditEntry[];
}

/** How one attempt at an outside effect ended, and the rows that record it. */
export type Settlement<Out> = Changes &
  (
    | { readonly status: "succeeded"; readonly result: Out }
    | { readonly status: "failed" | "pending" | "outcome_unknown"; readonly problem: Problem }
  );

/** The identity of an operation, known before its row is written. */
export interface OperationSeed {
  readonly id: string;
  readonly idempotencyKey: string;
  readonly auditCorrelationId: string;
  readonly actor: Actor;
  /** The time of this call. */
  readonly now: number;
  /** Milliseconds from the claim to this call. */
  readonly age: number;
}

/** The columns that say which operation made a row, and when. */
export function madeBy({ id, idempotencyKey, now }: OperationSeed, { ownerUserId }: Context) {
  return { ownerUserId, operationId: id, idempotencyKey, createdAt: now };
}

/** `madeBy` of a row under the seal: without the caller's key, which may name a person, and which the operation has. */
export function madeUnderSeal(operation: OperationSeed, ctx: Context) {
  const { idempotencyKey: _, ...made } = madeBy(operation, ctx);
  return made;
}

/** The checked input and the rows that a write's functions decide from. */
interface Stage<In, Loaded extends Record<string, Query>> {
  readonly input: In;
  readonly loaded: Rows<Loaded>;
  readonly business: BusinessRow;
  readonly actor: Actor;
  readonly ctx: Context;
}

/**
 * The part of a write that calls another service. `act` may run more than once for one operation, also concurrently: every
 * call in it must be idempotent, and it must leave the database alone. `settle` turns the outcome into rows.
 */
export interface OutsideEffect<In, Loaded extends Record<string, Query>, Pending, Outcome, Out> {
  /** Finds the rows that the claim wrote, on a later call with the same key. */
  resume(stage: Stage<In, Loaded>): Pending | undefined;
  /** Statements that a later call with the same key commits before it acts. The claim holds those of the first call. */
  begin?(args: { pending: Pending; ctx: Context }): readonly Query[];
  act(args: { pending: Pending; operation: OperationSeed; ctx: Context }): Promise<Outcome>;
  settle(args: {
    pending: Pending;
    outcome: Outcome;
    operation: OperationSeed;
    stage: Stage<In, Loaded>;
    ctx: Context;
  }): Promise<Settlement<Out>>;
}

/** A confirmed write as its file declares it. The kernel adds the envelope, checks and records that all writes share. */
interface WriteDeclaration<
  InputSchema extends z.ZodObject,
  OutputSchema extends z.ZodObject,
  Loaded extends Record<string, Query>,
  About extends Subject,
  Pending,
  Outcome,
> {
  /** `verb_noun`; also the name of its file. */
  readonly name: string;
  /** The facts that its route and the published document tell about it. */
  readonly contract: WriteContract;
  readonly title: string;
  /** For a model that knows nothing else of the write: its effect, what to read first, and what it never does. */
  readonly description: string;
  readonly scope: Scope;
  /** How grave the write is. Its hints to clients and its least proof follow. */
  readonly risk: Risk | RiskByAction;
  /** The part of the business that the write belongs to; without it the write is not there. Left out: always there. */
  readonly part?: BusinessPart;
  /** Optional arguments that belong to a part of their own. */
  readonly argumentParts?: Partial<Record<keyof z.output<InputSchema> & string, BusinessPart>>;
  /** The HTTP route of the write, as `METHOD /path`. */
  readonly route: `POST /api/${string}`;
  /**
   * An optional argument that can't be stored until a person has approved, as a file's bytes. A call with it has to carry
   * its proof; without it the call waits like any other, and the other arguments name what it stands for.
   */
  readonly unstorable?: keyof z.output<InputSchema> & string;
  readonly input: InputSchema;
  /**
   * Arguments that a no does not look at, as a private note or a referral: a call that differs in them alone is the call
   * that the person declined.
   */
  readonly aside?: readonly (keyof z.output<InputSchema> & string)[];
  /** The allow-list: a field that is not in it never leaves the Worker. */
  readonly output: OutputSchema;
  /** Members of the result that are given to the grant that made the call, and to no other of the same person. */
  readonly forGrant?: readonly (keyof z.output<OutputSchema> & string)[];
  /** The queries for the rows that the write decides from. They share one batch with the kernel's own. */
  load(args: { input: z.output<InputSchema>; actor: Actor; idempotencyKey: string; ctx: Context }): Loaded;
  /** Throws `not_found` where the subject is absent or not the actor's. */
  subject(stage: Stage<z.output<InputSchema>, Loaded>): About;
  /** The resource that publishes the subject, its version and the exact text. */
  subjectResource(subject: About): string;
  /** The exact sentence, from stored facts only. */
  confirmation(stage: Stage<z.output<InputSchema>, Loaded> & { subject: About }): string;
  /** The mode of what the call is about; undefined where its sale is gone. Or why the write has none. */
  readonly mode:
    | ((stage: Stage<z.output<InputSchema>, Loaded> & { subject: About }) => StripeMode | undefined)
    | { readonly leftOut: string };
  /**
   * The write's own lines of the question (`questionLines` has those of every write), without ids: target, amount before
   * tax and what tax does to it, `Now` and `Then`, and every argument. From stored facts; text that others wrote is a
   * value, never a label, and stands behind an amount.
   */
  consequences(stage: Stage<z.output<InputSchema>, Loaded> & { subject: About }): readonly Consequence[];
  /** What the call spends of the limits that its person set for the app. Left out: nothing. */
  spends?(stage: Stage<z.output<InputSchema>, Loaded> & { subject: About }): Spending;
  /** Throws `ineligible_state` and says which state is needed. */
  eligible(stage: Stage<z.output<InputSchema>, Loaded> & { subject: About }): void;
  /** The changes of the first commit. A local write gives its result; a write with an effect gives the claim for `act`. */
  plan(
    args: Stage<z.output<InputSchema>, Loaded> & { subject: About; operation: OperationSeed },
  ): Promise<Changes & ({ readonly result: z.output<OutputSchema> } | { readonly pending: Pending })>;
  readonly effect?: OutsideEffect<z.output<InputSchema>, NoInfer<Loaded>, Pending, Outcome, z.output<OutputSchema>>;
}

/** One line of a question. The approval is bound to it. */
export interface Consequence {
  readonly label: string;
  readonly value: string;
  /** Free text of the caller: shown as a quotation, and only to the person on our page. */
  readonly quoted?: true;
  /** Tells of what changes beside the question, as other orders: a change shows the page again and ends no approval. */
  readonly passing?: true;
}

/** The private reason of a call as a consequence, if it has one. */
export function quotedReason(reason: string | undefined): Consequence[] {
  return reason === undefined ? [] : [{ label: "Reason, as your assistant wrote it", value: reason, quoted: true }];
}

/** A declared write of any type, as registries and endpoints handle it. */
// biome-ignore lint/suspicious/noExplicitAny: a registry holds writes of every type; each was checked where it was declared.
export type ConfirmedWrite = WriteDeclaration<any, any, any, any, any, any>;

/** The answer of every write. */
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
  for (const word of Object.keys(envelopeFields)) {
    if (word in declaration.input.shape) throw new Error(`${declaration.name}: ${word} belongs to the kernel`);
  }
  return declaration;
}
