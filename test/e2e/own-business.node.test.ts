import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, inject, test, vi } from "vitest";
import { startTemporaryServer } from "../../src/dev/local/temporary.ts";
import { businessFromFolder, devAccountsFromFolder } from "../../src/dev/seeds/folder.ts";
import { connect } from "../support/mcp.ts";
import { obtainToken, overSocket } from "../support/oauth.ts";

const catalog = (...args: string[]) =>
  execFileSync(process.execPath, ["src/dev/catalog.ts", ...args], { encoding: "utf8", stdio: "pipe" });

test("from an empty folder to a paid sale: init, check, start, and three calls of an agent", async () => {
  const parent = mkdtempSync(join(tmpdir(), "own-business-"));
  const businessDir = join(parent, "my-shop");
  try {
    catalog("init", businessDir);
    expect(catalog("check", businessDir)).toContain("0 errors");
    const business = businessFromFolder(businessDir);
    const buyer = devAccountsFromFolder(business.files.business, businessDir).find(
      ({ id }) => id !== business.files.business.ownerUserId,
    );
    if (!buyer) throw new Error("a business has a buyer");
    const { bundle } = inject("server");
    const server = await startTemporaryServer({ businessDir, bundle });
    try {
      const { publicUrl, sandbox } = server;
      const { accessToken } = await obtainToken({
        fetch: overSocket,
        origin: publicUrl,
        as: buyer,
        resource: `${publicUrl}/mcp`,
        scopes: ["checkout:write"],
      });
      const client = await connect({ send: overSocket, url: `${publicUrl}/mcp`, token: accessToken });
      const call = async (name: string, args: Record<string, unknown>) => {
        const answer = await client.callTool({ name, arguments: args });
        expect(answer.isError, JSON.stringify(answer.content)).not.toBe(true);
        return answer.structuredContent as {
          content: { items: { id: string }[] } & Record<string, string>;
          result: Record<string, string>;
        };
      };
      const [offer] = (await call("read_commerce", { uri: "commerce://offers" })).content.items;
      const { content } = await call("read_commerce", { uri: `commerce://offers/${offer?.id}` });
      const { result } = await call("start_checkout", {
        offerId: offer?.id,
        confirmationText: content.confirmationText,
        expectedUpdatedAt: content.updatedAt,
        idempotencyKey: "first-sale",
      });
      const session = (await sandbox.sessions()).find((one) => one.client_reference_id === result.checkoutIntentId);
      await sandbox.pay(session?.id ?? "", "paid");
      const uri = `commerce://checkouts/${result.checkoutIntentId}`;
      await vi.waitUntil(async () => (await call("read_commerce", { uri })).content.status === "paid", {
        timeout: 240_000,
        interval: 200,
      });
    } finally {
      await server.stop();
    }
  } finally {
    rmSync(parent, { recursive: true });
  }
});
