import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { htmlPage } from "../../src/pages/layout.tsx";

test("a page carries the style sheet, and its policy allows that sheet by its hash", async () => {
  const answer = await htmlPage({
    title: "Title",
    business: { name: "Shop" },
    publicUrl: "https://app.test",
    content: "Words",
  });
  const style = /<style>([\s\S]*?)<\/style>/.exec(await answer.text())?.[1] ?? "";
  expect(style).toContain("color-scheme");
  const hash = createHash("sha256").update(style).digest("base64");
  expect(answer.headers.get("Content-Security-Policy")).toContain(`style-src 'sha256-${hash}'`);
});
