import { beforeAll, expect, test } from "vitest";
import { latin, sha256Of } from "../support/asset-files.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import {
  ask,
  deliveringBusiness,
  type Goods,
  noted,
  refundOrder,
  sellGoods,
  signedIn,
  uploadChecklist,
} from "../support/goods.ts";
import { type Browser, openBrowser } from "../support/oauth.ts";
import { ORIGIN, OWNER } from "../support/world.ts";

const text = latin(`%PDF-1.7\n${"0123456789".repeat(100)}\n%%EOF\n`);
const ETAG = `"${sha256Of(text)}"`;

describeInWorld("a file of a purchase", { business: () => deliveringBusiness() }, (world) => {
  let buyer: Browser;
  let goods: Goods;
  beforeAll(async () => {
    goods = await sellGoods(world);
    buyer = await signedIn(world);
  });
  const get = (headers: Record<string, string> = {}, method = "GET", path = goods.path) =>
    ask(world, buyer, path, headers, method);

  test("is not there until the owner uploads it, and then at once", async () => {
    expect(await (await buyer.get("/account")).text()).toContain("A file that is being prepared");
    expect((await get()).status).toBe(404);
    await uploadChecklist(world, text);
    const page = await (await buyer.get("/account")).text();
    expect(page).toContain(`href="${goods.path}"`);
    expect(page).toContain("launch-checklist.pdf");
    expect(page).toContain("<bdi>Launch checklist bump</bdi>");
    const answer = await get();
    expect([answer.status, sha256Of(new Uint8Array(await answer.arrayBuffer()))]).toEqual([200, sha256Of(text)]);
  });

  test("comes with headers that save it, and that no cache, frame or script can use", async () => {
    const { headers } = await get();
    expect(Object.fromEntries(headers)).toMatchObject({
      "content-type": "application/pdf",
      "content-length": String(text.length),
      "content-disposition": `attachment; filename="launch-checklist.pdf"; filename*=UTF-8''launch-checklist.pdf`,
      etag: ETAG,
      "accept-ranges": "bytes",
      "cache-control": "private, no-store, no-transform",
      "content-security-policy": "sandbox; default-src 'none'",
      "cross-origin-resource-policy": "same-origin",
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
    });
    expect(headers.has("access-control-allow-origin")).toBe(false);
  });

  const N = text.length;
  test.each([
    ["bytes=0-9", 206, `bytes 0-9/${N}`, 0, 10],
    ["bytes=10-", 206, `bytes 10-${N - 1}/${N}`, 10, N],
    ["bytes=-5", 206, `bytes ${N - 5}-${N - 1}/${N}`, N - 5, N],
    ["bytes=-99999999999999999999", 206, `bytes 0-${N - 1}/${N}`, 0, N],
    [`bytes=${N - 1}-${N + 50}`, 206, `bytes ${N - 1}-${N - 1}/${N}`, N - 1, N],
    ["BYTES=3-3", 206, `bytes 3-3/${N}`, 3, 4],
    [`bytes=${N}-`, 416, `bytes */${N}`, 0, 0],
    ["bytes=99999999999999999999999-", 416, `bytes */${N}`, 0, 0],
    ["bytes=-0", 416, `bytes */${N}`, 0, 0],
    ["bytes=0-1,5-6", 200, null, 0, N],
    ["bytes=9-3", 200, null, 0, N],
    ["bytes=-", 200, null, 0, N],
    ["bytes=a-b", 200, null, 0, N],
    ["lines=0-1", 200, null, 0, N],
  ] as const)("Range: %s is answered %i", async (range, status, contentRange, from, to) => {
    const answer = await get({ Range: range });
    expect([answer.status, answer.headers.get("Content-Range")]).toEqual([status, contentRange]);
    const body = new Uint8Array(await answer.arrayBuffer());
    expect(body).toEqual(text.slice(from, to));
    if (status !== 416) expect(answer.headers.get("Content-Length")).toBe(String(to - from));
  });

  test("If-Range takes the part of the same file alone", async () => {
    const ask = async (value: string) => (await get({ Range: "bytes=5-9", "If-Range": value })).status;
    expect(await ask(ETAG)).toBe(206);
    expect(await ask(`W/${ETAG}`)).toBe(200);
    expect(await ask(`"${"0".repeat(64)}"`)).toBe(200);
    expect(await ask("Sun, 29 Nov 2026 08:00:00 GMT")).toBe(200);
  });

  test("If-None-Match and If-Match are held, and neither counts a download", async () => {
    const before = await noted(world, goods);
    for (const value of [ETAG, `W/${ETAG}`, `"x", ${ETAG}`, "*"]) {
      const answer = await get({ "If-None-Match": value, Range: "bytes=0-" });
      expect([value, answer.status, answer.headers.get("ETag"), await answer.text()]).toEqual([value, 304, ETAG, ""]);
    }
    expect((await get({ "If-Match": '"other"' })).status).toBe(412);
    expect(await noted(world, goods)).toEqual(before);
    expect((await get({ "If-None-Match": '"other"', "If-Match": ETAG })).status).toBe(200);
    expect((await noted(world, goods)).downloads).toBe(before.downloads + 1);
  });

  test("HEAD tells the same headers, ignores a range and counts nothing", async () => {
    const before = await noted(world, goods);
    const [head, whole] = [await get({ Range: "bytes=0-3" }, "HEAD"), await get()];
    const [ofHead, ofWhole] = [head, whole].map(({ headers }) => Object.fromEntries(headers));
    expect([head.status, await head.text()]).toEqual([200, ""]);
    expect(ofHead).toEqual(ofWhole);
    expect((await noted(world, goods)).downloads).toBe(before.downloads + 1);
  });

  test("each download that begins is counted; the audit has one a day, with order and actor", async () => {
    const fresh = await sellGoods(world);
    const begin = (range?: string) => get(range ? { Range: range } : {}, "GET", fresh.path);
    const statuses = [];
    for (const range of [undefined, "bytes=0-9", "bytes=10-", "bytes=-3", "bytes=0-"]) {
      statuses.push((await begin(range)).status);
    }
    expect(statuses).toEqual([200, 206, 206, 206, 206]);
    const first = await noted(world, fresh);
    expect(first.downloads).toBe(3);
    const [user] = await world.all<{ id: string }>("SELECT id FROM user WHERE email LIKE 'buyer@%'");
    expect(first.audit).toMatchObject([
      { actor_kind: "account_session", actor_id: user?.id, checkout_intent_id: fresh.checkoutIntentId },
    ]);
    world.skew(86_400);
    await Promise.all([begin(), begin(), begin()]);
    const second = await noted(world, fresh);
    expect([second.downloads, second.audit.length]).toEqual([6, 2]);
    world.skew(-86_400);
  });

  test("one 404 for all that is not there, and sign-in for a browser without a session", async () => {
    const unknown = await get({}, "GET", goods.path.replace(/entitlement[^/]*/, "entitlement-absent"));
    const words = await unknown.text();
    expect(unknown.status).toBe(404);
    const bundle = await world.all<{ id: string }>(
      "SELECT id FROM product_entitlements WHERE checkout_intent_id = ? AND id <> ?",
      goods.checkoutIntentId,
      goods.entitlementId,
    );
    const owner = await signedIn(world, OWNER);
    for (const [who, path] of [
      [owner, goods.path],
      [buyer, goods.path.replace(goods.entitlementId, bundle[0]?.id ?? "")],
      [buyer, `${goods.path}x`],
      [buyer, goods.path.replace("checklist-pdf", "course-lessons")],
    ] as const) {
      for (const method of ["GET", "HEAD"]) {
        const answer = await ask(world, who, path, {}, method);
        expect([path, answer.status]).toEqual([path, 404]);
        if (method === "GET") expect(await answer.text()).toBe(words);
      }
    }
    const guest = await openBrowser(world.send, ORIGIN).get(goods.path);
    expect([guest.status, guest.headers.get("Location")]).toEqual([303, `${ORIGIN}/sign-in?returnTo=%2Faccount`]);
  });

  test("access that ends between two ranges ends the download, and the list says why", async () => {
    const fresh = await sellGoods(world);
    expect((await get({ Range: "bytes=0-9" }, "GET", fresh.path)).status).toBe(206);
    await refundOrder(world, fresh);
    const ended = await get({ Range: "bytes=10-19", "If-Range": ETAG }, "GET", fresh.path);
    expect(ended.status).toBe(403);
    expect(await ended.text()).toContain("It ended when the payment was refunded.");
    expect((await get({}, "HEAD", fresh.path)).status).toBe(403);
    const account = await (await buyer.get("/account")).text();
    expect(account).toContain("It ended when the payment was refunded.");
    expect(account).not.toContain(`href="${fresh.path}"`);
  });

  test("a product that no longer delivers is as one that never did", async () => {
    await world.all("UPDATE access_products SET delivery_enabled = 0");
    expect((await get()).status).toBe(404);
    expect(await (await buyer.get("/account")).text()).not.toContain(`href="${goods.path}"`);
    await world.all("UPDATE access_products SET delivery_enabled = 1 WHERE id = 'product-launch-checklist-download'");
    expect((await get()).status).toBe(200);
  });
});
