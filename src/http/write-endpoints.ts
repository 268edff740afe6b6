import * as z from "zod";
import { idempotencyKey } from "../base/fields.ts";
import { ACTOR_KINDS, PROOFS } from "../db/schema/vocabulary.ts";
import type { ConfirmedWrite } from "../kernel/confirmed-write.ts";
import type { Endpoint } from "../kernel/endpoint.ts";
import { leastProofText } from "../kernel/risk.ts";
import { requestSchema } from "../kernel/write-request.ts";
import { TOKEN_HEADER } from "./owner-door.ts";
import { isOwnerRoute, pathOf } from "./write-paths.ts";

/** The HTTP twin of a write, as its declaration says. */
export function writeEndpoint(write: ConfirmedWrite): Endpoint {
  const body = { mediaType: "application/json", name: `${pascal(write.name)}Answer`, shape: answerShape(write) };
  return {
    id: write.name,
    method: "post",
    path: pathOf(write),
    title: write.title,
    description: `${write.description} Least proof by risk, where the owner has set none: ${leastProofText(write)}.`,
    group: isOwnerRoute(write) ? "Owner" : "Writes",
    ...(isOwnerRoute(write) ? { caller: "owner" } : { caller: "token", scopes: [write.scope] }),
    headers: {
      "Idempotency-Key": { means: "A key of your own, and the same one again for a retry", shape: idempotencyKey },
    },
    body: {
      mediaType: "application/json",
      name: `${pascal(write.name)}Request`,
      shape: requestSchema(write).omit({ idempotencyKey: true }),
    },
    answers: {
      200: { means: "A replay: the answer of the first call", body, headers: { always: ["Idempotent-Replayed"] } },
      201: { means: "Done", body },
    },
    refusals: [
      "invalid_input",
      "idempotency_key_required",
      "not_found",
      "operation_in_progress",
      "ineligible_state",
      "approval_required",
      "stale_state",
      "idempotency_conflict",
      "confirmation_mismatch",
      ...(write.unstorable ? (["confirmation_required"] as const) : []),
      ...(write.effect ? (["provider_unavailable", "provider_refused", "outcome_unknown"] as const) : []),
    ],
  };
}

/** `GET` of a write's route: its published contract. */
export function contractEndpoint(write: ConfirmedWrite): Endpoint {
  const forOwner = isOwnerRoute(write);
  return {
    id: `${write.name}_contract`,
    method: "get",
    path: pathOf(write),
    title: `${write.title}: contract`,
    description: forOwner
      ? "The published contract of the write; for the owner's browser also the form token of its next request."
      : "The published contract of the write: its arguments, its answer, and which data stays private.",
    group: forOwner ? "Owner" : "Writes",
    caller: "anyone",
    answers: {
      200: {
        means: "The contract",
        body: forOwner
          ? { mediaType: "application/json", name: "OwnerWriteContract", shape: ownerContractShape }
          : { mediaType: "application/json", name: "WriteContract", shape: contractShape },
      },
    },
    refusals: [],
  };
}

const schemaObject = z.record(z.string(), z.unknown()).describe("JSON Schema 2020-12");

const contractShape = z.object({
  write: z.string(),
  title: z.string(),
  description: z.string(),
  route: z.string(),
  scope: z.string(),
  headers: z.object({ "Idempotency-Key": z.literal("required") }),
  inputSchema: schemaObject,
  outputSchema: schemaObject,
  publicSafeFields: z.array(z.string()),
  serverPrivateFields: z.array(z.string()),
  rawStripeIdsIncluded: z.literal(false),
});

const ownerContractShape = contractShape.extend({
  headers: z.object({ "Idempotency-Key": z.literal("required"), [TOKEN_HEADER]: z.literal("required") }),
  auth: z.string(),
  formToken: z.string().describe("For the owner's session alone").optional(),
});

/** The shape of a write's answer. A replay to another grant of the same person is without the members `forGrant`. */
const answerShape = ({ output, forGrant = [] }: ConfirmedWrite): z.ZodObject =>
  z.object({
    operationId: z.string(),
    replayed: z.boolean(),
    confirmation: z.object({ proof: z.enum(PROOFS).describe("How the confirmation came") }),
    actorKind: z.enum(ACTOR_KINDS),
    result: output.partial(Object.fromEntries(forGrant.map((member) => [member, true]))),
  });

const pascal = (name: string): string => name.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
