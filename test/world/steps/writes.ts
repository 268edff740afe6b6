import { announced, base64Of, latin } from "../../support/asset-files.ts";
import { confirmedUpload } from "../../support/upload-story.ts";
import type { Step } from "../plan.ts";
import type { Order, Run } from "../run.ts";

type AboutOrder = Extract<Step, { readonly do: "expire" | "answer" | "evidence" | "review" | "revoke" }>;

const iso = (at: number | undefined) => new Date(at ?? 0).toISOString();

/** A write about an order, with the version and the sentence that its caller has just read. */
export async function aboutOrder(run: Run, flow: string, step: AboutOrder): Promise<void> {
  const order = run.orders.get(step.order);
  if (!order?.started) return run.skip(flow, `order ${step.order} has no link`);
  const ready = await readyCall(run, step.do, order);
  if (!ready) return run.skip(flow, `there is nothing to ${step.do}`);
  const key = `${step.do}-${flow}`;
  const { write, ...args } = ready;
  const doors = step.do === "review" || step.do === "revoke" ? run.cast.owner : run.cast.apps[order.app];
  const door = doors(write, step.door);
  const call = { flow, write, key, door, later: doors(write, "mcp"), order: step.order };
  await run.call({ ...call, args: { ...args, idempotencyKey: key } });
}

async function readyCall({ world, cast }: Run, what: AboutOrder["do"], { app, started }: Order) {
  const checkoutIntentId = started?.checkoutIntentId ?? "";
  if (what === "review") {
    const [entry] = await world.all<{ id: string; updated_at: number }>(
      "SELECT id, updated_at FROM affiliate_commission_ledger_entries WHERE checkout_intent_id = ?",
      checkoutIntentId,
    );
    return (
      entry && {
        write: "review_commission_evidence",
        commissionLedgerId: entry.id,
        actionKind: "mark_reviewed",
        reason: "looked at it",
        confirmationText: "Apply owner review action to Bumpgrade commission ledger evidence",
        expectedUpdatedAt: iso(entry.updated_at),
      }
    );
  }
  if (what === "revoke") {
    const [entitlement] = await world.all<{ id: string; updated_at: number }>(
      "SELECT id, updated_at FROM product_entitlements WHERE checkout_intent_id = ? ORDER BY id",
      checkoutIntentId,
    );
    return (
      entitlement && {
        write: "record_revocation_intent",
        entitlementId: entitlement.id,
        reasonCode: "customer_request",
        reason: "asked for it",
        confirmationText: "Record product access removal intent",
        expectedUpdatedAt: iso(entitlement.updated_at),
      }
    );
  }
  const read = await cast.read(app, `commerce://checkouts/${checkoutIntentId}`);
  const common = { checkoutIntentId, expectedUpdatedAt: String(read.updatedAt) };
  switch (what) {
    case "expire":
      return { write: "expire_checkout", ...common, confirmationText: String(read.expireConfirmationText ?? "") };
    case "answer":
      return {
        write: "record_post_purchase_decision",
        ...common,
        decisionKind: "decline_upsell",
        presentedOfferId: "offer-upsell-launch-accelerator",
        confirmationText: "Record non-billing post-purchase decision for Bumpgrade checkout",
      };
    case "evidence":
      return {
        write: "create_commission_evidence",
        ...common,
        confirmationText: "Create review-only commission evidence for Bumpgrade sandbox checkout",
      };
  }
}

/** The owner uploads a file: its bytes in the call, or by the link that the call answers. */
export async function upload(run: Run, flow: string, step: Extract<Step, { readonly do: "upload" }>): Promise<void> {
  const body = latin(`%PDF-1.7\n% the file ${step.file}\n%%EOF\n`);
  const key = `upload-${step.file}`;
  const write = "upload_product_asset";
  const inline = step.by === "inline" ? { bodyBase64: base64Of(body) } : {};
  const { input, ...envelope } = await confirmedUpload(run.world, { ...announced(body), ...inline });
  const args = { ...input, ...envelope, idempotencyKey: key };
  const reply = await run.call({ flow, write, key, door: run.cast.owner(write, "mcp"), order: undefined, args });
  const { uploadUrl } = (reply?.body.result ?? {}) as { uploadUrl?: string };
  if (step.by === "inline") return;
  if (!uploadUrl) return run.skip(flow, "there is no link to upload to");
  await run.visit(`${flow}b`, async () => (await run.world.fetch(uploadUrl, { method: "PUT", body })).status);
}
