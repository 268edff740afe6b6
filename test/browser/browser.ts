import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject } from "vitest";
import { ROOT } from "../../src/dev/local/root.ts";
import { FONTS_FILE } from "./start.ts";

/** Where screenshots are kept; no part of the repository. */
const ARTIFACTS = join(ROOT, "artifacts");

/** How people look at a page. */
export interface Look {
  readonly theme: "light" | "dark";
  readonly width: 320 | 390 | 1280;
}

export const LOOKS: readonly Look[] = (["light", "dark"] as const).flatMap((theme) =>
  ([390, 1280] as const).map((width) => ({ theme, width })),
);

/** The slowest machine in mind needs seconds for a page; nothing waits longer than it has to. */
const PATIENCE_MS = 60_000;

const { origin } = inject("server");

/** Starts Chromium for the tests of a file, as it is meant to run: with its same-origin policy and its site isolation. */
export function useBrowser(): (look: Look, more?: BrowserContextOptions) => Promise<BrowserContext> {
  let browser: Browser;
  beforeAll(async () => {
    const folder = inject("chromium");
    browser = await chromium.launch({
      executablePath: join(folder, "chromium"),
      // Tests run as root in containers, where Chromium's own sandbox can't be set up.
      args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
      env: {
        ...process.env,
        LD_LIBRARY_PATH: [process.env.LD_LIBRARY_PATH, join(folder, "al2023", "lib")].filter(Boolean).join(":"),
        FONTCONFIG_FILE: join(folder, FONTS_FILE),
      },
      timeout: PATIENCE_MS * 2,
    });
  }, PATIENCE_MS * 3);
  afterAll(() => browser?.close());
  return async ({ theme, width }, more = {}) => {
    const phone = width < 500;
    const context = await browser.newContext({
      colorScheme: theme,
      viewport: { width, height: phone ? 844 : 900 },
      isMobile: phone,
      hasTouch: phone,
      reducedMotion: "reduce",
      ...more,
    });
    context.setDefaultTimeout(PATIENCE_MS);
    return context;
  };
}

/** A page that records forbidden acts: requests to other origins, and violations of its own policy. */
export async function openPage(
  context: BrowserContext,
  own: string = origin,
): Promise<{ page: Page; faults: string[] }> {
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== own) faults.push(`asked for ${request.url()}`);
  });
  page.on("console", (message) => {
    // A refused form is answered with its status, which Chromium reports as a failed load.
    if (message.type() === "error" && !message.text().includes("the server responded with a status of 4")) {
      faults.push(message.text());
    }
  });
  page.on("pageerror", (error) => faults.push(error.message));
  return { page, faults };
}

/** Holds a page to what every page owes, and keeps a picture of it. */
export async function inspect(page: Page, name: string, { theme, width }: Look): Promise<void> {
  mkdirSync(ARTIFACTS, { recursive: true });
  await page.screenshot({ path: join(ARTIFACTS, `${name}-${theme}-${width}.png`), fullPage: true });
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`);
  expect([name, found]).toEqual([name, []]);
  const layout = await page.evaluate<{ overflow: number; colors: string[]; letters: number[] }>(LAYOUT);
  // Without a font every text is a line of nothing, or of boxes, and every page fits.
  const [narrowest = 0, widest = 0] = [Math.min(...layout.letters), Math.max(...layout.letters)];
  expect([name, narrowest > 0.3, widest < 0.9], `${narrowest} to ${widest} em a letter`).toEqual([name, true, true]);
  expect([name, layout.overflow]).toEqual([name, 0]);
  const [background = 0, ink = 0] = layout.colors.map(brightness);
  expect([name, background > ink]).toEqual([name, theme === "light"]);
}

/**
 * Runs in the page: whether it has to be moved sideways to be read, in which colours it stands, and how wide
 * the letters of each heading are, in em: about half of one in a font for text.
 */
const LAYOUT = `(() => {
  // The boxes of texts alone: an element inside a heading has one of its own around them.
  const boxes = (node) => {
    if (node.nodeType !== Node.TEXT_NODE) return Array.from(node.childNodes).flatMap(boxes);
    const text = document.createRange();
    text.selectNodeContents(node);
    return Array.from(text.getClientRects());
  };
  const letter = (heading) => {
    const width = boxes(heading).reduce((sum, box) => sum + box.width, 0);
    return width / parseFloat(getComputedStyle(heading).fontSize) / heading.innerText.length;
  };
  const letters = Array.from(document.querySelectorAll("h1, h2"), letter);
  const { scrollWidth, clientWidth } = document.documentElement;
  const { backgroundColor, color } = getComputedStyle(document.body);
  return { overflow: scrollWidth - clientWidth, colors: [backgroundColor, color], letters };
})()`;

function brightness(color: string): number {
  const [red = 0, green = 0, blue = 0] = (color.match(/[\d.]+/g) ?? []).map(Number);
  return red + green + blue;
}
