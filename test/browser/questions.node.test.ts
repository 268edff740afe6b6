import { join } from "node:path";
import type { BrowserContext, FrameLocator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { ROOT } from "../../src/dev/local/root.ts";
import { startTemporaryServer } from "../../src/dev/local/temporary.ts";
import { businessFromFolder, devAccountsFromFolder } from "../../src/dev/seeds/folder.ts";
import { writes } from "../../tools/index.ts";
import { appOf, prepareQuestions, QUESTIONS, type QuestionName, REASON } from "./asked-questions.ts";
import { inspect, type Look, openPage, useBrowser } from "./browser.ts";
import { hostPanel, type Result } from "./panel-host.ts";

const { bundle } = inject("server");
const open = useBrowser();
const LOOKS: readonly Look[] = [
  { theme: "light", width: 390 },
  { theme: "light", width: 1280 },
];
const NARROW: Look = { theme: "light", width: 320 };
const NAMES = Object.keys(QUESTIONS) as QuestionName[];

interface Line {
  readonly label: string;
  readonly value: string;
}

/** The lines as a list on a page has them. */
async function linesIn(place: Page | FrameLocator): Promise<Line[]> {
  const texts = async (part: string) =>
    (await place.locator(`dl ${part}`).allTextContents()).map((text) => text.trim());
  const [labels, values] = [await texts("dt"), await texts("dd")];
  return labels.map((label, index) => ({ label, value: values[index] ?? "" }));
}

const declared = (answer: Result) =>
  (answer._meta as Record<string, { lines: Line[] }> | undefined)?.["commerce/approval"]?.lines ?? [];

async function signInAt(page: Page, url: string, person: { email: string; password: string }) {
  await page.goto(url);
  await page.getByLabel("E-mail").fill(person.email);
  await page.getByLabel("Password").fill(person.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(url);
}

/** Looks at what stands on a page, on its own screen and on the narrowest. */
async function lookAt(page: Page, name: string, look: Look) {
  await inspect(page, name, look);
  const size = page.viewportSize();
  await page.setViewportSize({ width: NARROW.width, height: 844 });
  await inspect(page, name, NARROW);
  if (size) await page.setViewportSize(size);
}

describe("what a person is asked", () => {
  let questions: Awaited<ReturnType<typeof prepareQuestions>>;
  let html = "";
  const contexts = new Map<string, BrowserContext>();
  beforeAll(async () => {
    questions = await prepareQuestions();
    const { contents } = await questions.panel.readResource({ uri: "ui://approval" });
    html = (contents as { text: string }[])[0]?.text ?? "";
  });
  afterAll(async () => {
    for (const context of contexts.values()) await context.close();
  });

  test("each write is here", () => {
    expect([...new Set(NAMES.map((name) => name.split(":")[0]))]).toEqual(writes.map(({ name }) => name));
  });

  test.each(NAMES)(
    "%s: panel and page have the lines of the declaration, fit the screen and are accessible",
    async (name) => {
      const { answer, url } = await questions.ask(name);
      const lines = declared(answer);
      expect(lines.length).toBeGreaterThan(7);
      const person = QUESTIONS[name];
      const picture = name.replace(":", "-");
      for (const look of LOOKS) {
        const key = `${person.email} ${look.width}`;
        const known = contexts.get(key);
        const context = known ?? (await open(look));
        contexts.set(key, context);

        const { page, faults } = await openPage(context);
        if (known) await page.goto(url);
        else await signInAt(page, url, person);
        const quoted = /hold_for_review|revocation/.test(name)
          ? [{ label: "Reason, as your assistant wrote it", value: REASON }]
          : [];
        expect(await linesIn(page)).toEqual([...lines, ...quoted]);
        await lookAt(page, `question-page-${picture}`, look);
        expect(faults).toEqual([]);
        await page.close();

        const host = await context.newPage();
        const { tell, panel } = await hostPanel(host, html, look.theme, async () => ({}));
        await tell("ui/notifications/tool-result", answer);
        await panel.locator("dl").waitFor();
        expect(await linesIn(panel)).toEqual(lines);
        await lookAt(host, `question-panel-${picture}`, look);
        await host.setViewportSize({ width: NARROW.width, height: 844 });
        const sideways = panel.locator("html").evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth);
        expect(await sideways).toBe(0);
        await host.close();
      }
      // As many as may wait for a person are fewer than there are questions.
      const page = await contexts.get(`${person.email} 390`)?.newPage();
      await page?.goto(url);
      await page?.getByRole("button", { name: "Decline" }).click();
      await page?.getByRole("heading", { level: 1, name: "You declined this" }).waitFor();
      await page?.close();
    },
  );
});

test.each([
  ["bakery", "start_checkout", "offers", ["Item: 480 JPY for 食パン一斤", "Total before tax: 480 JPY"]],
  [
    "institute",
    "start_plan_checkout",
    "plans",
    [
      "Plan: 12.500 KWD every month for Grundlagenfortbildung für Nahverkehrsbetriebsleiterinnen",
      "Due now before tax: 12.500 KWD",
      "Then every month before tax: 12.500 KWD",
    ],
  ],
] as const)("%s asks in its own names and currency", async (name, write, list, own) => {
  const businessDir = join(ROOT, "seeds", name);
  const { files } = businessFromFolder(businessDir);
  const buyer = devAccountsFromFolder(files.business, businessDir).find(({ id }) => id !== files.business.ownerUserId);
  const server = await startTemporaryServer({ businessDir, bundle });
  try {
    const app = await appOf(server.publicUrl, buyer as never, ["checkout:write"]);
    const { items } = (await app.read(`commerce://${list}`)) as unknown as {
      items: { id: string; updatedAt: string }[];
    };
    const { answer, url } = await app.ask(write, {
      [list === "offers" ? "offerId" : "planSlug"]: items[0]?.id,
      expectedUpdatedAt: items[0]?.updatedAt,
      idempotencyKey: "question",
    });
    const look = { theme: "light", width: 390 } as const;
    const context = await open(look);
    const { page, faults } = await openPage(context, server.publicUrl);
    await signInAt(page, url, buyer as never);
    const lines = await linesIn(page);
    expect(lines).toEqual(declared(answer));
    const written = lines.map(({ label, value }) => `${label}: ${value}`);
    for (const line of [...own, `Business: ${files.business.name}`, "Tax: none is added"]) {
      expect(written).toContain(line);
    }
    await lookAt(page, `question-page-${name}`, look);
    expect(faults).toEqual([]);
    await context.close();
  } finally {
    await server.stop();
  }
});
