import { randomIds } from "../../src/base/ids.ts";
import { issueOrderLink } from "../../src/commerce/delivery/order-links.ts";
import { openDatabase } from "../../src/db/database.ts";
import { parseBusiness } from "../../src/dev/seeds/business.ts";
import type { Business } from "../../src/dev/seeds/business-shape.ts";
import { uploadProductAsset } from "../../tools/upload-product-asset.ts";
import { announced, CHECKLIST, freshPdf } from "./asset-files.ts";
import { bundledFiles } from "./bundled-seeds.ts";
import { intentRow } from "./launch-pass.ts";
import { type Browser, openBrowser, signIn } from "./oauth.ts";
import { ownerDoors } from "./owner-doors.ts";
import { type Sale, sale } from "./sale.ts";
import { confirmedUpload } from "./upload-story.ts";
import { BUYER, ORIGIN, OWNER, type World } from "./world.ts";

/** What a dispute that is opened does to the checklist's access. */
interface Policy {
  readonly onDisputeOpen?: "keep" | "deactivate";
}

/** The reference business, whose checklist is delivered. */
export function deliveringBusiness(policy: Policy = {}): Business {
  const catalog = bundledFiles["access-catalog.json"] as { products: Record<string, unknown>[] };
  const products = catalog.products.map((product) =>
    product.id === CHECKLIST.productId
      ? {
          ...product,
          delivery: { enabled: true },
          moneyBack: { ...(product.moneyBack as object), ...policy },
        }
      : product,
  );
  return parseBusiness({ ...bundledFiles, "access-catalog.json": { ...catalog, products } });
}

/** A sold checklist, and the address of its file for the account that bought it. */
export interface Goods extends Sale {
  readonly entitlementId: string;
  readonly path: string;
  readonly payerPath: string;
}

let uploads = 0;

/** The owner uploads a file of the checklist from their browser. */
export async function uploadChecklist(
  world: World,
  body: Uint8Array = freshPdf(),
  over: { readonly fileName?: string; readonly contentType?: string } = {},
): Promise<Uint8Array> {
  const { http: door } = await ownerDoors(world, uploadProductAsset, OWNER);
  const { input, ...envelope } = await confirmedUpload(world, { ...announced(body), ...over });
  const reply = await door({ ...input, ...envelope, idempotencyKey: `goods-${++uploads}` });
  const { uploadUrl } = (reply.body.result ?? {}) as { uploadUrl?: string };
  if (!uploadUrl) throw new Error(reply.text);
  const put = await world.fetch(uploadUrl, { method: "PUT", body: body as BodyInit });
  if (put.status !== 201) throw new Error(`${put.status} ${await put.text()}`);
  return body;
}

/** Sells a launch pass with the checklist, paid. */
export async function sellGoods(world: World): Promise<Goods> {
  const sold = await sale(world, { bump: true });
  const entitlementId = await entitlementOf(world, sold.checkoutIntentId);
  const end = `${entitlementId}/${CHECKLIST.assetId}`;
  return { ...sold, entitlementId, path: `/account/files/${end}`, payerPath: `/order/files/${end}` };
}

/** The entitlement to the checklist that an order gave. */
async function entitlementOf(world: World, checkoutIntentId: string): Promise<string> {
  const [row] = await world.all<{ id: string }>(
    "SELECT id FROM product_entitlements WHERE checkout_intent_id = ? AND product_id = ?",
    checkoutIntentId,
    CHECKLIST.productId,
  );
  if (!row) throw new Error("the order gave no checklist");
  return row.id;
}

/** Stripe refunds an order in full, and its reports arrive. */
export async function refundOrder(world: World, { checkoutIntentId }: Sale): Promise<void> {
  await world.sandbox.refund({ paymentIntent: await paymentOf(world, checkoutIntentId) });
  await world.deliver();
}

/** The bank disputes an order, and the report arrives. */
export async function disputeOrder(world: World, { checkoutIntentId }: Sale): Promise<void> {
  await world.sandbox.dispute({ paymentIntent: await paymentOf(world, checkoutIntentId) });
  await world.deliver();
}

const paymentOf = async (world: World, checkoutIntentId: string) =>
  String((await intentRow(world, checkoutIntentId)).stripe_payment_intent_id);

/** A browser in which a person signed in. */
export async function signedIn(world: World, person: { email: string; password: string } = BUYER): Promise<Browser> {
  const browser = openBrowser(world.send, ORIGIN);
  await signIn(browser, person);
  return browser;
}

/** Asks for a path with the cookies of a browser and headers of its own. */
export function ask(
  world: World,
  browser: Browser,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  method = "GET",
): Promise<Response> {
  const cookie = [...browser.cookies].map((pair) => pair.join("=")).join("; ");
  return world.fetch(path, { method, headers: { ...(cookie && { Cookie: cookie }), ...headers }, redirect: "manual" });
}

/** The downloads of an entitlement that were counted, and the audit rows about them. */
export async function noted(world: World, { entitlementId }: Pick<Goods, "entitlementId">) {
  const [row] = await world.all<{ downloads: number }>(
    "SELECT sum(downloads) AS downloads FROM file_downloads WHERE entitlement_id = ?",
    entitlementId,
  );
  const audit = await world.all<{ actor_kind: string; actor_id: string; checkout_intent_id: string }>(
    "SELECT * FROM payment_audit_events WHERE event_kind = 'product_file_downloaded' AND subject_id = ?",
    entitlementId,
  );
  return { downloads: row?.downloads ?? 0, audit };
}

/** A mailed link to an order, made as the mail makes it: its path, which holds the token. */
export async function mailedLink(world: World, { checkoutIntentId }: Pick<Sale, "checkoutIntentId">): Promise<string> {
  const db = openDatabase(world.db);
  const ownerUserId = String(world.bindings.BUSINESS_OWNER_USER_ID);
  const ctx = { db, ownerUserId, ids: randomIds, clock: world.clock, publicUrl: ORIGIN };
  const { url, statements } = await issueOrderLink(checkoutIntentId, ctx);
  await db.commit(statements);
  return new URL(url).pathname;
}

/** Opens a mailed link by its button: the answer, and the browser that pressed it. */
export async function openLink(world: World, path: string, browser = openBrowser(world.send, ORIGIN)) {
  const page = await browser.get(path);
  const answer = await browser.post(path, { formToken: formTokenOf(await page.text()) });
  return { browser, answer };
}

/** The token of the first form of a page. */
export const formTokenOf = (html: string): string => /name="formToken" value="([^"]+)"/.exec(html)?.[1] ?? "";
