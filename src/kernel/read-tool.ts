import type * as z from "zod";
import type { Actor } from "./actor.ts";
import type { Context } from "./context.ts";
import type { Worded } from "./parts.ts";

/** A tool that only reads. */
interface ReadToolDeclaration<InputSchema extends z.ZodObject, OutputSchema extends z.ZodObject> {
  readonly name: string;
  readonly title: string;
  readonly description: Worded;
  /** Whether the door without sign-in lists it too. */
  readonly public: boolean;
  /** The URI of the resource that a call reads: the call needs the scope of that resource. */
  resourceOf?(args: unknown): string | undefined;
  readonly input: InputSchema;
  readonly output: OutputSchema;
  /** `actor` is null on the door without sign-in. Throws Problems. */
  run(args: { input: z.output<InputSchema>; actor: Actor | null; ctx: Context }): Promise<z.output<OutputSchema>>;
}

// biome-ignore lint/suspicious/noExplicitAny: a registry holds tools of every type; each was checked where it was declared.
export type ReadTool = ReadToolDeclaration<any, any>;

/** Declares a read tool; `run` is checked against its input and output. */
export function defineReadTool<InputSchema extends z.ZodObject, OutputSchema extends z.ZodObject>(
  declaration: ReadToolDeclaration<InputSchema, OutputSchema>,
) {
  return declaration;
}
