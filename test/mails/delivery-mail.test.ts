import { expect, test } from "vitest";
import { freshPdf } from "../support/asset-files.ts";
import { sale } from "../support/sale.ts";
import { openUploadDesk } from "../support/upload-desk.ts";
import { assertPlain, numberOf, openMailService, outboxOf } from "./outbox.ts";

test("what can be downloaded is told beside the order; without a file, or without delivery, it is not", async () => {
  const desk = await openUploadDesk();
  const { world } = desk;
  const service = openMailService(world);
  const off = await sale(world, { bump: true });
  expect(await outboxOf(world, off.checkoutIntentId)).toEqual(["order_confirmed: sent"]);

  await world.all("UPDATE access_products SET delivery_enabled = 1");
  const empty = await sale(world, { bump: true });
  expect(await outboxOf(world, empty.checkoutIntentId)).toEqual(["delivery_ready: dropped", "order_confirmed: sent"]);

  const { body, text } = await desk.call(await desk.args(freshPdf()));
  expect(body.result, text).toMatchObject({ status: "stored_private" });
  const full = await sale(world, { bump: true });
  expect(await outboxOf(world, full.checkoutIntentId)).toEqual(["delivery_ready: sent", "order_confirmed: sent"]);
  const mail = service.mails.find(({ subject }) => subject.includes("download"));
  expect(mail?.subject).toBe(`Your order ${numberOf(full)} at Bumpgrade is ready to download`);
  const [product] = await world.all<{ name: string }>(
    `SELECT p.name FROM product_entitlements e JOIN commerce_products p ON p.id = e.source_commerce_product_id
     JOIN product_asset_uploads u ON u.product_id = e.product_id WHERE e.checkout_intent_id = ?`,
    full.checkoutIntentId,
  );
  expect(product?.name).toBeTruthy();
  expect(mail?.text).toContain(`- ${product?.name}\n`);
  assertPlain(service.mails);
});
