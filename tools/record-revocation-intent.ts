import * as z from "zod";
import { sha256 } from "../src/base/digest.ts";
import * as fields from "../src/base/fields.ts";
import { notFound, Problem } from "../src/base/problem.ts";
import { isoTime } from "../src/base/time.ts";
import { revocationContract } from "../src/commerce/access/contract.ts";
import { entitlementUri } from "../src/commerce/access/revocation-intent.ts";
import { orderText } from "../src/commerce/checkout/order-text.ts";
import { moneyLines } from "../src/commerce/money-lines.ts";
import { ENTITLEMENT_WORDS, productWords, REVOCATION_REASON_WORDS } from "../src/commerce/words.ts";
import { entitlementById, guardEntitlementUnchanged, purchaseOf } from "../src/db/entitlements.ts";
import { openIntent, openIntentOf, revocationIntentToInsert } from "../src/db/revocation-intents.ts";
import { REVOCATION_KINDS, REVOCATION_REASONS, REVOCATION_STATUSES } from "../src/db/schema/vocabulary.ts";
import { defineConfirmedWrite, madeUnderSeal, quotedReason } from "../src/kernel/confirmed-write.ts";

/** Notes that access should be removed. Removes nothing: a CHECK holds both flags at 0. */
export const recordRevocationIntent = defineConfirmedWrite({
  name: revocationContract.write,
  contract: revocationContract,
  title: "Record revocation intent",
  description:
    "As the owner, note that the access of an entitlement should be removed. Removes nothing. One open intent per entitlement; withdrawing it is the owner's, in the console. Read commerce://entitlements/{id} first: it has the exact text and updatedAt.",
  scope: "owner:write",
  risk: "records",
  part: "access",
  route: `POST ${revocationContract.route}`,
  input: z.object({
    entitlementId: fields.entitlementId,
    reasonCode: z.enum(REVOCATION_REASONS).describe("Why"),
    reason: fields.privateReason,
  }),
  aside: ["reason"],
  output: z.object({
    id: z.string().describe("The intent"),
    productId: z.string(),
    entitlementTemplateId: z.string(),
    accessRuleId: z.string(),
    status: z.enum(REVOCATION_STATUSES),
    intentKind: z.enum(REVOCATION_KINDS),
    reasonCode: z.enum(REVOCATION_REASONS),
    destructiveActionEnabled: z.literal(0),
    entitlementMutationEnabled: z.literal(0),
    updatedAt: z.string(),
  }),

  load: ({ input, ctx }) => ({
    entitlement: entitlementById(ctx, input.entitlementId),
    open: openIntentOf(ctx, input.entitlementId),
    purchase: purchaseOf(ctx, input.entitlementId),
  }),

  subject({ loaded }) {
    const [entitlement] = loaded.entitlement;
    if (!entitlement) throw notFound("entitlementId");
    return { id: entitlement.id, updatedAt: entitlement.updatedAt, entitlement };
  },
  subjectResource: ({ id }) => entitlementUri(id),

  confirmation: () => revocationContract.confirmation(),

  mode: ({ loaded: { purchase } }) => purchase[0]?.stripeMode,

  questionLines: ({ input, subject: { entitlement }, loaded: { purchase } }) => [
    { label: "Access to", value: productWords(purchase[0]?.productName ?? null) },
    { label: "Bought with", value: orderText(purchase, purchase[0]?.boughtAt ?? entitlement.grantedAt) },
    ...(purchase[0] ? moneyLines("Order", purchase[0]) : []),
    { label: "Now", value: `${ENTITLEMENT_WORDS[entitlement.status]}, without a note` },
    {
      label: "Then",
      value: `${ENTITLEMENT_WORDS[entitlement.status]} as before, with a note that it should be removed; you can withdraw it`,
    },
    { label: "Why", value: REVOCATION_REASON_WORDS[input.reasonCode] },
    ...quotedReason(input.reason),
  ],

  eligible({ subject: { id }, loaded }) {
    const [open] = loaded.open;
    if (!open) return;
    throw new Problem("ineligible_state", {
      detail: `This entitlement has an open intent, ${open.revocationIntentId}. The owner can withdraw it in the console.`,
      resource: entitlementUri(id),
    });
  },

  async plan({ input, subject: { entitlement }, operation, ctx }) {
    const { productId, entitlementTemplateId, accessRuleId } = entitlement;
    const intent = {
      id: ctx.ids.next("product-revocation-intent"),
      productId,
      entitlementTemplateId,
      accessRuleId,
      status: revocationContract.recordedStatus,
      intentKind: revocationContract.intentKind,
      reasonCode: input.reasonCode,
      destructiveActionEnabled: 0 as const,
      entitlementMutationEnabled: 0 as const,
    };
    const { reason } = input;
    const { inserts, rowSha256 } = await revocationIntentToInsert(
      ctx,
      {
        ...intent,
        ...revocationContract.policies,
        targetEntitlementId: entitlement.id,
        expectedEntitlementStatus: entitlement.status,
        confirmationTextSha256: await sha256(revocationContract.confirmation()),
        ...madeUnderSeal(operation, ctx),
        actorUserId: operation.actor.id,
        actorRole: "owner",
        updatedAt: operation.now,
      },
      reason === undefined ? undefined : await ctx.keyring.keyedHash(reason, "revocation reason"),
    );
    return {
      writes: [guardEntitlementUnchanged(ctx, entitlement), ...inserts, ...openIntent(ctx, entitlement.id, intent.id)],
      audit: [
        {
          eventKind: "product_revocation_intent_recorded",
          subjectId: intent.id,
          subjectStatus: intent.status,
          checkoutIntentId: entitlement.checkoutIntentId,
          summary: "The owner noted that access should be removed. Nothing was removed.",
          rowSha256,
        },
      ],
      result: { ...intent, updatedAt: isoTime(operation.now) },
    };
  },
});
