import { Hono } from "hono";
import { z } from "zod";
import { decideAndCommit } from "./change.ts";
import { charges } from "./charges.ts";
import { bodyOf, type SandboxVariables } from "./control-door.ts";
import { DISPUTE_STATUSES, disputeMoved, disputeOpened, disputes } from "./disputes.ts";
import { missing } from "./errors.ts";
import { invoices } from "./invoices.ts";
import { paymentIntents } from "./payment-intents.ts";
import { paidCharge } from "./refund-routes.ts";
import { refunded, refundSettled, refunds } from "./refunds.ts";
import type { Sandbox } from "./sandbox.ts";
import { chargeOfInvoice } from "./subscribing.ts";

/** A payment: named by its charge, its payment intent, or the invoice that it paid. */
const payment = {
  charge: z.string().optional(),
  paymentIntent: z.string().optional(),
  invoice: z.string().optional(),
};

/** A refund from Stripe's dashboard; all that is left when `amount` is. */
export const refundRequest = z.strictObject({
  ...payment,
  amount: z.int().min(1).optional(),
  reason: z.enum(["duplicate", "fraudulent", "requested_by_customer"]).optional(),
  status: z.enum(["succeeded", "pending"]).optional(),
});

/** A dispute; `needs_response` about all of the charge unless told otherwise. */
export const disputeRequest = z.strictObject({
  ...payment,
  amount: z.int().min(1).optional(),
  reason: z.string().optional(),
  status: z.enum(DISPUTE_STATUSES).default("needs_response"),
});

/** A refund as a test asks for it. */
export type RefundRequest = z.input<typeof refundRequest>;
/** A dispute as a test asks for it. */
export type DisputeRequest = z.input<typeof disputeRequest>;

/** `/_sandbox/refunds` and `/_sandbox/disputes`: what a shop's owner and a buyer's bank do. */
export const moneyControl = new Hono<SandboxVariables>();

moneyControl.post("/refunds", async (c) => {
  const asked = await bodyOf(c, refundRequest);
  const { sandbox, charge } = await chargeNamed(c.var.sandbox, asked);
  const { refund } = await decideAndCommit(sandbox, async () =>
    refunded(sandbox, await charges.require(sandbox, charge, "charge"), asked),
  );
  return c.json(refund);
});

moneyControl.post("/refunds/:id/settle", async (c) => {
  const { outcome } = await bodyOf(c, z.strictObject({ outcome: z.enum(["succeeded", "failed"]) }));
  const id = c.req.param("id");
  const sandbox = await refunds.modeOf(c.var.sandbox, id);
  const { refund } = await decideAndCommit(sandbox, async () =>
    refundSettled(sandbox, await refunds.require(sandbox, id, "id"), outcome),
  );
  return c.json(refund);
});

moneyControl.post("/disputes", async (c) => {
  const asked = await bodyOf(c, disputeRequest);
  const { sandbox, charge } = await chargeNamed(c.var.sandbox, asked);
  const { dispute } = await decideAndCommit(sandbox, async () =>
    disputeOpened(sandbox, await charges.require(sandbox, charge, "charge"), asked),
  );
  return c.json(dispute);
});

moneyControl.post("/disputes/:id", async (c) => {
  const { status } = await bodyOf(c, z.strictObject({ status: z.enum(DISPUTE_STATUSES) }));
  const id = c.req.param("id");
  const sandbox = await disputes.modeOf(c.var.sandbox, id);
  const { dispute } = await decideAndCommit(sandbox, async () =>
    disputeMoved(sandbox, await disputes.require(sandbox, id, "id"), status),
  );
  return c.json(dispute);
});

/** The charge that is meant, and the sandbox in its mode. */
async function chargeNamed(
  sandbox: Sandbox,
  named: Pick<RefundRequest, "charge" | "invoice" | "paymentIntent">,
): Promise<{ sandbox: Sandbox; charge: string }> {
  if (named.invoice !== undefined) {
    const mode = await invoices.modeOf(sandbox, named.invoice);
    return { sandbox: mode, charge: await chargeOfInvoice(mode, named.invoice) };
  }
  if (named.charge === undefined && named.paymentIntent === undefined) throw missing("paymentIntent");
  const mode =
    named.charge === undefined
      ? await paymentIntents.modeOf(sandbox, named.paymentIntent ?? "")
      : await charges.modeOf(sandbox, named.charge);
  const { body } = await paidCharge(mode, { charge: named.charge, payment_intent: named.paymentIntent });
  return { sandbox: mode, charge: body.id };
}
