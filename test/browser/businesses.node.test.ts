import { join } from "node:path";
import { describe, expect, inject, test } from "vitest";
import { ROOT } from "../../src/dev/local/root.ts";
import { startTemporaryServer } from "../../src/dev/local/temporary.ts";
import { businessFromFolder, devAccountsFromFolder } from "../../src/dev/seeds/folder.ts";
import { inspect, openPage, useBrowser } from "./browser.ts";

const { bundle } = inject("server");
const open = useBrowser();

/** Names without a blank, and scripts of other widths, are what a narrow screen shows badly. */
describe.each([
  ["bakery", "/offers"],
  ["institute", "/pricing"],
])("%s", (name, catalogPath) => {
  test("its pages fit narrow screens, are accessible and name the business", async () => {
    const businessDir = join(ROOT, "seeds", name);
    const business = businessFromFolder(businessDir);
    const [owner] = devAccountsFromFolder(business.files.business, businessDir);
    const server = await startTemporaryServer({ businessDir, bundle });
    try {
      for (const look of [
        { theme: "light", width: 320 },
        { theme: "dark", width: 390 },
      ] as const) {
        const context = await open(look);
        const { page, faults } = await openPage(context, server.publicUrl);
        for (const path of ["/", catalogPath, "/sign-in"]) {
          await page.goto(server.publicUrl + path);
          await inspect(page, `${name}${path.replaceAll("/", "-")}`, look);
          expect(await page.locator("header").innerText()).toContain(business.files.business.name);
        }
        await page.getByLabel("E-mail").fill(owner?.email ?? "");
        await page.getByLabel("Password").fill(owner?.password ?? "");
        await page.getByRole("button", { name: "Sign in" }).click();
        await page.waitForURL(`${server.publicUrl}/account`);
        await page.goto(`${server.publicUrl}/owner`);
        const console = await page
          .getByRole("navigation", { name: "Owner" })
          .locator("a")
          .evaluateAll((links) => links.map((link) => link.getAttribute("href") ?? ""));
        expect(console).toContain("/owner/orders");
        for (const path of ["/account", ...console]) {
          await page.goto(server.publicUrl + path);
          await inspect(page, `${name}${path.replaceAll("/", "-")}`, look);
        }
        expect(faults).toEqual([]);
        await context.close();
      }
    } finally {
      await server.stop();
    }
  });
});
