import type { Context } from "hono";
import { z } from "zod";
import { Refusal } from "./errors.ts";
import type { Sandbox } from "./sandbox.ts";

/** The variable that `worker.ts` sets for each request. */
export interface SandboxVariables {
  Variables: { sandbox: Sandbox };
}

/** The body of a control call. Throws a ZodError, which `refusalOf` answers as a 400. */
export async function bodyOf<T>(c: Context<SandboxVariables>, schema: z.ZodType<T>): Promise<T> {
  return schema.parse(await c.req.json().catch(() => null));
}

/** The answer to a refused control call. Rethrows any other error: a defect of the sandbox. */
export function refusalOf(error: Error): Response {
  if (error instanceof Refusal) return Response.json(error.body, { status: error.status });
  if (!(error instanceof z.ZodError)) throw error;
  const message = z.prettifyError(error);
  return Response.json({ error: { type: "invalid_request_error", message } }, { status: 400 });
}
