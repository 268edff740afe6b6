import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, inject, test } from "vitest";
import { ROOT } from "../../src/dev/local/root.ts";
import { openAgentOf } from "./asking.ts";
import { inspect, openPage, useBrowser } from "./browser.ts";
import { withDevice } from "./device.ts";

const { origin } = inject("server");
const open = useBrowser();
const PASSWORD = "tove's long password";

describe.each([
  { theme: "light", width: 390 },
  { theme: "dark", width: 1280 },
] as const)("a person approves by one touch in $theme at $width px", (look) => {
  test("from the app's question by way of their first passkey to two files that are checked offline", async () => {
    const context = await open(look);
    const { page, faults } = await openPage(context);
    const device = await withDevice(context, page);
    const person = { email: `tove-${look.width}@example.com`, password: PASSWORD };
    await page.goto(`${origin}/sign-up`);
    await page.getByLabel("Name").fill("Tove Touch");
    await page.getByLabel("E-mail").fill(person.email);
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button").last().click();
    await page.waitForURL(/\/sign-in/);

    const agent = await openAgentOf(person, `touched-${look.width}`);
    const args = agent.args();
    const asked = await agent.call("start_checkout", args);
    await page.goto(asked.approvalUrl ?? "");
    await page.getByLabel("E-mail").fill(person.email);
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.waitForURL(asked.approvalUrl ?? "");
    await inspect(page, "touch-offered", look);
    await page.getByRole("link", { name: "Add a passkey" }).click();
    await page.getByRole("button", { name: "Add a passkey" }).click();
    await page.getByRole("heading", { name: "Keep these recovery codes" }).waitFor();
    await page.getByRole("link", { name: "I have stored them" }).click();
    await page.waitForURL(asked.approvalUrl ?? "");

    const approve = page.getByRole("button", { name: "Approve with your passkey" });
    await approve.waitFor();
    await inspect(page, "touch", look);
    // All that decides is on the first screen.
    for (const control of [approve, page.getByRole("button", { name: "Decline" })]) {
      const box = await control.boundingBox();
      expect((box?.y ?? Infinity) + (box?.height ?? 0)).toBeLessThanOrEqual(page.viewportSize()?.height ?? 0);
    }
    await page.getByText("Type the text instead").click();
    await inspect(page, "touch-typed", look);
    await page.getByText("Type the text instead").click();

    // A device that does not know its person answers nothing, and the page says so.
    await device.verifies(false);
    await approve.click();
    await page.getByText("No passkey answered.").waitFor();
    await inspect(page, "touch-unanswered", look);
    await device.verifies(true);
    await approve.click();
    await page.getByRole("heading", { level: 1, name: "Done" }).waitFor();
    const told = await agent.call("get_operation", { idempotencyKey: args.idempotencyKey });
    expect(told).toMatchObject({ status: "succeeded", confirmation: { proof: "passkey" } });

    await page.goto(`${origin}/account/confirmations/${told.operationId}`);
    await inspect(page, "touch-confirmation", look);
    const folder = mkdtempSync(join(tmpdir(), "touched-"));
    const kept = async (name: string, link: string) => {
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("link", { name: link }).click(),
      ]);
      await download.saveAs(join(folder, name));
      return join(folder, name);
    };
    try {
      const receipt = await kept("receipt.jws", "Download it as a signed file");
      const assertion = await kept("assertion.json", "Download what your passkey signed");
      const keys = join(folder, "keys.json");
      writeFileSync(keys, await (await fetch(`${origin}/.well-known/commerce-receipts.json`)).text());
      const script = [join(ROOT, "src", "dev", "receipt-verify.ts"), receipt, "--jwks", keys, "--assertion", assertion];
      const run = (...more: string[]) => spawnSync(process.execPath, [...script, ...more], { encoding: "utf8" });
      const words = run();
      expect([words.status, words.stdout], words.stderr).toEqual([
        0,
        expect.stringContaining("it signed for exactly this"),
      ]);
      expect(JSON.parse(run("--json").stdout)).toMatchObject({ valid: true, checked: { assertion: true } });
    } finally {
      rmSync(folder, { recursive: true });
    }
    expect(faults).toEqual([]);
    await context.close();
  });
});
