import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { startTemporaryServer } from "../../src/dev/local/temporary.ts";
import { businessFromFolder, devAccountsFromFolder } from "../../src/dev/seeds/folder.ts";
import { lowerProofsAt } from "../support/lowered-proofs-at.ts";
import { connect } from "../support/mcp.ts";
import { type Browser, type Credentials, obtainToken, openBrowser, overSocket, signIn } from "../support/oauth.ts";

const BAKERY = "seeds/bakery";
const NAME = "レシピ本.pdf";

/** 8 MiB, no two pages alike. */
function recipeBook(): Uint8Array {
  const bytes = new Uint8Array(8 * 1024 * 1024);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < bytes.length; at += 4096) view.setUint32(at, at);
  bytes.set(new TextEncoder().encode("%PDF-1.7\n"));
  return bytes;
}

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

describe("a file over the socket, from the bakery's bundle", () => {
  const book = recipeBook();
  const etag = `"${sha256(book)}"`;
  let server: Awaited<ReturnType<typeof startTemporaryServer>>;
  let buyer: Browser;
  let path = "";

  /** Calls tools for a person; an error is a failure of the test. */
  async function agentOf(person: Credentials, scope: string) {
    const origin = server.publicUrl;
    const resource = `${origin}/mcp`;
    const { accessToken } = await obtainToken({ fetch: overSocket, origin, as: person, resource, scopes: [scope] });
    const client = await connect({ send: overSocket, url: resource, token: accessToken });
    return async (name: string, args: Record<string, unknown>) => {
      const answer = await client.callTool({ name, arguments: args });
      if (answer.isError) throw new Error(JSON.stringify(answer.content));
      return answer.structuredContent as { content: Record<string, string>; result: Record<string, string> };
    };
  }

  const ask = (headers: Record<string, string> = {}, method = "GET") =>
    fetch(server.publicUrl + path, {
      method,
      redirect: "manual",
      headers: { Cookie: [...buyer.cookies].map((pair) => pair.join("=")).join("; "), ...headers },
    });

  beforeAll(async () => {
    server = await startTemporaryServer({ businessDir: BAKERY, bundle: inject("server").bundle });
    const business = businessFromFolder(BAKERY);
    const people = devAccountsFromFolder(business.files.business, BAKERY);
    const isOwner = ({ id }: { id: string }) => id === business.files.business.ownerUserId;
    const [owner, person] = [people.find(isOwner), people.find((one) => !isOwner(one))];
    if (!owner || !person) throw new Error("the bakery has an owner and a buyer");

    await lowerProofsAt(overSocket, server.publicUrl, owner);
    const asOwner = await agentOf(owner, "owner:write");
    const [product] = business.files["access-catalog"].products;
    const [asset] = product?.assets ?? [];
    const reading = await agentOf(owner, "owner:read");
    const { content: read } = await reading("read_commerce", { uri: `commerce://products/${product?.id}` });
    const { result: upload } = await asOwner("upload_product_asset", {
      productId: product?.id,
      assetId: asset?.assetId,
      fileName: NAME,
      contentType: "application/pdf",
      byteCount: book.length,
      bodySha256: sha256(book),
      confirmationText: read.confirmationText,
      expectedUpdatedAt: read.updatedAt,
      idempotencyKey: "the-recipe-book",
    });
    const put = await fetch(upload.uploadUrl ?? "", { method: "PUT", body: book as BodyInit });
    expect(put.status).toBe(201);

    const asBuyer = await agentOf(person, "checkout:write");
    const offerId = business.files.offers.stacks
      .flatMap(({ offers }) => offers)
      .find(({ priceId }) => priceId === business.files["access-catalog"].grantMaps[0]?.priceId)?.publicOfferId;
    const { content: offer } = await asBuyer("read_commerce", { uri: `commerce://offers/${offerId}` });
    const { result: checkout } = await asBuyer("start_checkout", {
      offerId,
      confirmationText: offer.confirmationText,
      expectedUpdatedAt: offer.updatedAt,
      idempotencyKey: "one-book",
    });
    const sessions = await server.sandbox.sessions();
    const session = sessions.find((one) => one.client_reference_id === checkout.checkoutIntentId);
    await server.sandbox.pay(session?.id ?? "", "paid");
    buyer = openBrowser(overSocket, server.publicUrl);
    await signIn(buyer, person);
    path = await vi.waitUntil(
      async () => /href="(\/account\/files\/[^"]+)"/.exec(await (await buyer.get("/account")).text())?.[1],
      { timeout: 240_000, interval: 200 },
    );
  });
  afterAll(() => server.stop());

  test("arrives whole, with its length, its name and the digest of the upload", async () => {
    const answer = await ask();
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "content-length": String(book.length),
      "content-disposition": `attachment; filename="file.pdf"; filename*=UTF-8''${encodeURIComponent(NAME)}`,
      etag,
      "accept-ranges": "bytes",
    });
    expect(sha256(new Uint8Array(await answer.arrayBuffer()))).toBe(sha256(book));
  });

  test("HEAD has the length of the file and no body, also with a range", async () => {
    const answer = await ask({ Range: "bytes=0-9" }, "HEAD");
    expect([answer.status, answer.headers.get("Content-Length"), answer.headers.get("ETag")]).toEqual([
      200,
      String(book.length),
      etag,
    ]);
    expect((await answer.arrayBuffer()).byteLength).toBe(0);
  });

  test("a download that broke off goes on where it ended", async () => {
    const broken = await ask();
    const reader = broken.body?.getReader();
    const parts: Uint8Array[] = [];
    for (let bytes = 0; bytes < 1_000_000; ) {
      const { value } = (await reader?.read()) ?? {};
      if (!value) throw new Error("the file ended early");
      parts.push(value);
      bytes += value.length;
    }
    await reader?.cancel();
    const had = parts.reduce((sum, { length }) => sum + length, 0);
    const rest = await ask({ Range: `bytes=${had}-`, "If-Range": etag });
    expect([rest.status, rest.headers.get("Content-Range"), rest.headers.get("Content-Length")]).toEqual([
      206,
      `bytes ${had}-${book.length - 1}/${book.length}`,
      String(book.length - had),
    ]);
    parts.push(new Uint8Array(await rest.arrayBuffer()));
    const whole = new Uint8Array(Buffer.concat(parts));
    expect(sha256(whole)).toBe(sha256(book));
    expect((await ask({ Range: `bytes=${book.length}-` })).status).toBe(416);
    expect((await ask({ "If-None-Match": etag })).status).toBe(304);
  });
});
