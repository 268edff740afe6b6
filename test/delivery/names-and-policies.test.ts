import { beforeAll, describe, expect, test } from "vitest";
import { attachment } from "../../src/http/content-disposition.ts";
import { freshPdf, latin, sha256Of } from "../support/asset-files.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import {
  ask,
  deliveringBusiness,
  disputeOrder,
  type Goods,
  sellGoods,
  signedIn,
  uploadChecklist,
} from "../support/goods.ts";
import type { Browser } from "../support/oauth.ts";

/** The name that a client reads from the header (RFC 8187), which it prefers to the other. */
const nameIn = (header: string): string => decodeURIComponent(/filename\*=UTF-8''([^;]*)$/.exec(header)?.[1] ?? "");

describe("the name of a file in its header", () => {
  test.each([
    ["launch-checklist.pdf", "launch-checklist.pdf"],
    ["レシピ本.pdf", "file.pdf"],
    ["Übersicht (2. Auflage), Müller & Söhne.pdf", "_bersicht (2. Auflage), M_ller & S_hne.pdf"],
    ["كتاب الوصفات.epub", "file.epub"],
    ['a"; filename="b.exe', "a_ filename_b.exe"],
    ["a\r\nSet-Cookie: x=1.pdf", "a_Set-Cookie_ x_1.pdf"],
    ["50%41.pdf", "50_41.pdf"],
    ["it's *the* book.pdf", "it_s _the_ book.pdf"],
    ["../../etc/passwd", ".._.._etc_passwd"],
    ["emoji 🍞.pdf", "emoji _.pdf"],
    ["a\\b\\c.pdf", "a_b_c.pdf"],
    ["\u202egnp.exe.pdf", "_gnp.exe.pdf"],
  ])("%j", (name, inAscii) => {
    const header = attachment(name);
    expect(header).toMatch(
      /^attachment; filename="[A-Za-z0-9 ._()+,&@-]+"; filename\*=UTF-8''[A-Za-z0-9!#$&+.^_`|~%-]+$/,
    );
    expect(header).toContain(`filename="${inAscii}"`);
    expect(nameIn(header)).toBe(name);
    expect(new Headers({ "Content-Disposition": header }).get("Content-Disposition")).toBe(header);
  });

  test("half of a character is replaced, and is no error", () => {
    expect(nameIn(attachment("half \ud800.pdf"))).toBe("half \ufffd.pdf");
  });
});

describeInWorld(
  "a file of a product that ends with a dispute",
  { business: () => deliveringBusiness({ onDisputeOpen: "deactivate" }) },
  (world) => {
    let buyer: Browser;
    let goods: Goods;
    beforeAll(async () => {
      goods = await sellGoods(world);
      buyer = await signedIn(world);
    });

    test("is not given while the dispute is open", async () => {
      await uploadChecklist(world);
      expect((await buyer.get(goods.path)).status).toBe(200);
      await disputeOrder(world, goods);
      const ended = await buyer.get(goods.path);
      expect([ended.status, (await ended.text()).includes("disputed at the bank")]).toEqual([403, true]);
      expect(await (await buyer.get("/account")).text()).toContain("disputed at the bank");
    });

    test("a file that the owner replaced is the new one at once, under its own name, and no resumed download mixes the two", async () => {
      const fresh = await sellGoods(world);
      const first = await uploadChecklist(world, freshPdf());
      const etag = `"${sha256Of(first)}"`;
      expect((await ask(world, buyer, fresh.path, { Range: "bytes=0-4" })).headers.get("ETag")).toBe(etag);
      world.skew(1);
      const second = await uploadChecklist(world, latin("Eine kurze Liste.\n"), {
        fileName: "Prüfliste – neu.txt".replace("–", "-"),
        contentType: "text/plain",
      });
      const resumed = await ask(world, buyer, fresh.path, { Range: "bytes=5-", "If-Range": etag });
      expect([resumed.status, new Uint8Array(await resumed.arrayBuffer())]).toEqual([200, second]);
      expect(resumed.headers.get("Content-Type")).toBe("text/plain");
      expect(nameIn(resumed.headers.get("Content-Disposition") ?? "")).toBe("Prüfliste - neu.txt");
      expect(await (await buyer.get("/account")).text()).toContain("Prüfliste - neu.txt");
    });

    test("a hostile name that stands in the database leaves no header and no page open", async () => {
      const hostile = `<img src=x onerror=alert(1)>"\r\nX-Evil: 1;.pdf`;
      await world.db.prepare("UPDATE product_asset_uploads SET file_name = ?").bind(hostile).run();
      const fresh = await sellGoods(world);
      const answer = await buyer.get(fresh.path);
      expect([answer.status, answer.headers.has("X-Evil")]).toEqual([200, false]);
      expect(nameIn(answer.headers.get("Content-Disposition") ?? "")).toBe(hostile);
      expect(await (await buyer.get("/account")).text()).not.toContain("<img");
    });
  },
);

describeInWorld("a dispute where access is kept", { business: () => deliveringBusiness() }, (world) => {
  test("leaves the file to its holder", async () => {
    const goods = await sellGoods(world);
    await uploadChecklist(world);
    await disputeOrder(world, goods);
    expect((await (await signedIn(world)).get(goods.path)).status).toBe(200);
  });
});
