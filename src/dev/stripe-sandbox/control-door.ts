import type { Context } from "hono";
import { z } from "zod";
import { Refusal } from "./errors.ts";
import type { Sandbox } from "./sandbox.ts";

/** What the control API and the pages are given by the Worker's entry. */
export interface SandboxVariables {
  Variables: { sandbox: Sandbox };
}

/** The body of a control call, or a 400 that says what is wrong with it. */
export async function bodyOf<T>(c: Context<SandboxVariables>, schema: z.ZodType<T>): Promise<T> {
  return schema.parse(await c.req.json().catch(() => null));
}

/** How the control API answers a refusal; anything else is a fault of the sandbox. */
export function refusalOf(error: Error): Response {
  if (error instanceof Refusal) return Response.json(error.body, { status: error.status });
  if (!(error instanceof z.ZodError)) throw error;
  const message = z.prettifyError(error);
  return Response.json({ error: { type: "invalid_request_error", message } }, { status: 400 });
}
