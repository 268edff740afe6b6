import * as z from "zod";
import { PROBLEMS, type ProblemBody, type ProblemCode } from "../base/problem.ts";

const codes = Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]];

/** A refusal on the wire: problem details (RFC 9457) with our code and fields beside the standard ones. */
export const problemShape = z.object({
  type: z.literal("about:blank"),
  title: z.string(),
  status: z.int(),
  code: z.enum(codes).describe("What to branch on"),
  detail: z.string().describe("What is wrong and what to do, in words"),
  field: z.string().describe("The argument at fault, as a dotted path").optional(),
  resource: z.string().describe("The resource to read before the next try").optional(),
  approvalUrl: z.string().describe("The page on which the signed-in person confirms").optional(),
  retryAfterSeconds: z.int().describe("As Retry-After").optional(),
  reference: z.string().describe("Names the log line of an unexpected error").optional(),
} satisfies Record<keyof ProblemBody | "type" | "status", z.ZodType>);
