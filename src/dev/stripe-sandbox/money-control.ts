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

/** A payment, by the id of its charge, its payment intent or its invoice. */
const payment = {
  charge: z.string().optional(),
  paymentIntent: z.string().optional(),
  invoice: z.string().optional(),
};

/** A refund in Stripe's dashboard; without `amount`, of all that is not refunded yet. */
const refundRequest = z.strictObject({
  ...payment,
  amount: z.int().min(1).optional(),
  reason: z.enum(["duplicate", "fraudulent", "requested_by_customer"]).optional(),
  status: z.enum(["succeeded", "pending"]).optional(),
});

/** A dispute; without `amount`, about the whole charge. */
const disputeRequest = z.strictObject({
  ...payment,
  amount: z.int().min(1).optional(),
  reason: z.string().optional(),
  status: z.enum(DISPUTE_STATUSES).default("needs_response"),
});

/** A refund as a client sends it. */
export type RefundRequest = z.input<typeof refundRequest>;
/** A dispute as a client sends it. */
export type DisputeRequest = z.input<typeof disputeRequest>;

/** `/_sandbox/refunds` and `/_sandbox/disputes`: the acts of a shop's owner and a buyer's bank. */
export const moneyControl = new Hono<SandboxVariables>();

moneyControl.post("/refunds", async (c) => {
  const request = await bodyOf(c, refundRequest);
  const { sandbox, charge } = await requireCharge(c.var.sandbox, request);
  const { refund } = await decideAndCommit(sandbox, async () =>
    refunded(sandbox, await charges.require(sandbox, charge, "charge"), request),
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
  const request = await bodyOf(c, disputeRequest);
  const { sandbox, charge } = await requireCharge(c.var.sandbox, request);
  const { dispute } = await decideAndCommit(sandbox, async () =>
    disputeOpened(sandbox, await charges.require(sandbox, charge, "charge"), request),
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

/** The charge of a payment, and the sandbox in its mode. */
async function requireCharge(
  sandbox: Sandbox,
  payment: Pick<RefundRequest, "charge" | "invoice" | "paymentIntent">,
): Promise<{ sandbox: Sandbox; charge: string }> {
  if (payment.invoice !== undefined) {
    const mode = await invoices.modeOf(sandbox, payment.invoice);
    return { sandbox: mode, charge: await chargeOfInvoice(mode, payment.invoice) };
  }
  if (payment.charge === undefined && payment.paymentIntent === undefined) throw missing("paymentIntent");
  const mode =
    payment.charge === undefined
      ? await paymentIntents.modeOf(sandbox, payment.paymentIntent ?? "")
      : await charges.modeOf(sandbox, payment.charge);
  const { body } = await paidCharge(mode, { charge: payment.charge, payment_intent: payment.paymentIntent });
  return { sandbox: mode, charge: body.id };
}
