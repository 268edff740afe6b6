import { describe, expect, inject, test } from "vitest";
import { buyer, openAgent } from "./asking.ts";
import { inspect, LOOKS, openPage, useBrowser } from "./browser.ts";

const { origin } = inject("server");
const open = useBrowser();

describe.each(LOOKS)("a person approves in $theme at $width px", (look) => {
  test("the agent asks, the person signs in, reads, types and approves, and the agent learns of it", async () => {
    const agent = await openAgent(`seen-${look.theme}-${look.width}`);
    const args = agent.args();
    const asked = await agent.call("start_checkout", args);
    expect(asked).toMatchObject({ code: "approval_required" });

    const context = await open(look);
    const { page, faults } = await openPage(context);
    await page.goto(asked.approvalUrl ?? "");
    expect(new URL(page.url()).pathname).toBe("/sign-in");
    await inspect(page, "sign-in", look);
    await page.getByLabel("E-mail").fill(buyer.email);
    await page.getByLabel("Password").fill("not the password");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").waitFor();
    await inspect(page, "sign-in-refused", look);
    await page.getByLabel("Password").fill(buyer.password);
    await page.getByRole("button", { name: "Sign in" }).click();

    await page.waitForURL(asked.approvalUrl ?? "");
    await page.getByRole("heading", { level: 1, name: "Start checkout" }).waitFor();
    for (const words of [agent.text, "9.00 USD", "Shopping assistant", buyer.email]) {
      expect(await page.locator("main").innerText()).toContain(words);
    }
    await inspect(page, "approval", look);

    await page.getByLabel("Confirmation").fill(agent.text.toLowerCase());
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByText("That is not the exact text above.").waitFor();
    await inspect(page, "approval-refused", look);
    expect(await agent.call("get_operation", { idempotencyKey: args.idempotencyKey })).toMatchObject({
      status: "awaiting_approval",
    });

    await page.getByLabel("Confirmation").fill(agent.text);
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByRole("heading", { level: 1, name: "Done" }).waitFor();
    await inspect(page, "approval-done", look);

    const told = await agent.call("get_operation", { idempotencyKey: args.idempotencyKey });
    expect(told).toMatchObject({ status: "succeeded", confirmation: { proof: "approval_page" } });
    expect(await agent.call("start_checkout", args)).toMatchObject({ replayed: true, result: told.result });
    await page.goto(asked.approvalUrl ?? "");
    await page.getByRole("heading", { level: 1, name: "You approved this" }).waitFor();
    await inspect(page, "approval-used", look);
    expect(faults).toEqual([]);
    await context.close();
  });
});

/** Runs in the page: which control has the focus, and whether that is to be seen. */
const FOCUSED = `(() => {
  const at = document.activeElement;
  const { outlineStyle, outlineWidth } = getComputedStyle(at);
  const seen = outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 2;
  return (at.id || at.textContent.trim().slice(0, 60)) + (seen ? "" : ", not seen");
})()`;

test("with the keyboard alone: every stop is seen, in the order of the page, and Enter approves", async () => {
  const look = { theme: "light", width: 1280 } as const;
  const agent = await openAgent("keys");
  const args = agent.args();
  const asked = await agent.call("start_checkout", args);
  const context = await open(look);
  const { page, faults } = await openPage(context);
  await page.goto(asked.approvalUrl ?? "");

  /** Goes on to the next control; says which it is, once its focus is to be seen. */
  const next = async () => {
    await page.keyboard.press("Tab");
    return page.evaluate<string>(FOCUSED);
  };
  const to = async (name: string) => {
    const stops: string[] = [];
    while (stops.at(-1) !== name && stops.length < 20) stops.push(await next());
    expect(stops.filter((stop) => stop.endsWith("not seen"))).toEqual([]);
    expect(stops.at(-1)).toBe(name);
  };
  // The page may have put the cursor where it is needed.
  const focused = () => page.evaluate<string>("document.activeElement.id");
  if ((await focused()) !== "email") await to("email");
  await page.keyboard.type(buyer.email);
  await to("password");
  await page.keyboard.type(buyer.password);
  await page.keyboard.press("Enter");
  await page.waitForURL(asked.approvalUrl ?? "");

  await to("confirmationText");
  await page.keyboard.type("I agree");
  await to("Approve");
  await page.keyboard.press("Enter");
  await page.getByText("That is not the exact text above.").waitFor();
  await to("confirmationText");
  expect(await page.locator("#confirmationText").getAttribute("aria-invalid")).toBe("true");
  await page.keyboard.type(agent.text);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "Done" }).waitFor();
  expect(await agent.call("get_operation", { idempotencyKey: args.idempotencyKey })).toMatchObject({
    status: "succeeded",
    confirmation: { proof: "approval_page" },
  });

  const second = agent.args();
  const again = await agent.call("start_checkout", second);
  await page.goto(again.approvalUrl ?? "");
  await to("Decline");
  await page.keyboard.press("Space");
  await page.getByRole("heading", { level: 1, name: "You declined this" }).waitFor();
  await inspect(page, "approval-declined", look);
  expect(await agent.call("start_checkout", second)).toMatchObject({ code: "ineligible_state" });
  expect(faults).toEqual([]);
  await context.close();
});

test("another site can neither frame the page nor send its form", async () => {
  const agent = await openAgent("framed");
  const args = agent.args();
  const asked = await agent.call("start_checkout", args);
  const context = await open({ theme: "light", width: 1280 });
  const page = await context.newPage();
  await page.goto(asked.approvalUrl ?? "");
  await page.getByLabel("E-mail").fill(buyer.email);
  await page.getByLabel("Password").fill(buyer.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(asked.approvalUrl ?? "");
  const hidden = async (name: string) => (await page.locator(`input[name=${name}]`).getAttribute("value")) ?? "";
  const [formToken, shown] = [await hidden("formToken"), await hidden("shown")];

  const evil = await context.newPage();
  await evil.route("http://evil.localhost/**", (route) =>
    route.fulfill({
      contentType: "text/html",
      body: `<iframe src="${asked.approvalUrl}"></iframe><form method="post" action="${asked.approvalUrl}">
        <input name="formToken" value="${formToken}"><input name="shown" value="${shown}"><input name="confirmationText" value="${agent.text}">
        <button name="decision" value="approve">Win</button></form>`,
    }),
  );
  await evil.goto("http://evil.localhost/");
  const frame = evil.frames().find((one) => one !== evil.mainFrame());
  await frame?.waitForLoadState();
  expect(await frame?.locator("form").count()).toBe(0);
  await evil.getByRole("button", { name: "Win" }).click();
  await evil.waitForURL(/\/(approvals|sign-in)/);
  expect(await evil.locator("main").innerText()).not.toContain("carried out just now");
  expect(await agent.call("get_operation", { idempotencyKey: args.idempotencyKey })).toMatchObject({
    status: "awaiting_approval",
  });
  expect(new URL(page.url()).origin).toBe(origin);
  await context.close();
});
