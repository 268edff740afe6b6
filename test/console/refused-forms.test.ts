import { beforeAll, expect, test } from "vitest";
import { OWNER_PREFIX } from "../../src/http/write-paths.ts";
import { writes } from "../../tools/index.ts";
import { unchanged } from "../support/database-state.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { httpDoor } from "../support/doors.ts";
import { evidence } from "../support/evidence.ts";
import { hiddenFields } from "../support/oauth.ts";
import { ownerBrowser } from "../support/owner-doors.ts";
import { OWNER } from "../support/world.ts";

const CLICKED = "/owner/people";
const routes = writes.map(({ route }) => route).filter((route) => route.includes(OWNER_PREFIX));

describeInWorld("forms that are refused", {}, (world) => {
  let owner: Awaited<ReturnType<typeof ownerBrowser>>;
  beforeAll(async () => {
    owner = await ownerBrowser(world, routes[0]?.slice("POST ".length) ?? "", OWNER);
  });

  test("a form that is too long says so, of either kind, and not that it is out of date", async () => {
    const page = await owner.browser.get(CLICKED);
    const formToken = /name="formToken" value="([^"]+)"/.exec(await page.text())?.[1] ?? "";
    const fields = { formToken, action: "invite", email: `${"x".repeat(50_000)}@example.com` };
    const data = new FormData();
    for (const [name, value] of Object.entries(fields)) data.set(name, value);
    await unchanged(world, async () => {
      const plain = await owner.browser.post(CLICKED, fields);
      const multipart = await world.fetch(CLICKED, { method: "POST", headers: owner.headers, body: data });
      for (const answer of [plain, multipart]) {
        expect([answer.status, await answer.clone().text()]).toEqual([
          413,
          expect.stringContaining("That is too long"),
        ]);
        expect(await answer.text()).not.toContain("out of date");
      }
    });
  });

  test("a form without a choice, or sent again with another one, is answered in words for people", async () => {
    const path = `/owner/ledger/${(await evidence(world)).commissionLedgerId}`;
    const text = "Apply owner review action to Bumpgrade commission ledger evidence";
    const fields = { ...hiddenFields(await (await owner.browser.get(path)).text(), path), confirmationText: text };
    const unchosen = await unchanged(world, () => owner.browser.post(path, fields));
    const words = await unchosen.text();
    expect([unchosen.status, words]).toEqual([400, expect.stringContaining("Choose one of the three.")]);
    expect(words).not.toContain("actionKind:");
    expect((await owner.browser.post(path, { ...fields, actionKind: "hold_for_review" })).status).toBe(303);
    const other = await unchanged(world, () => owner.browser.post(path, { ...fields, actionKind: "mark_reviewed" }));
    const told = await other.text();
    expect([other.status, told]).toEqual([422, expect.stringContaining("sent already with another choice")]);
    expect(told).not.toContain("Use a new key");
  });

  test("without its token a route of the owner's says what is missing and where it comes from, and that way works", async () => {
    for (const route of routes) {
      for (const token of ["", "made up"]) {
        const call = httpDoor(world, route, { ...owner.headers, "X-Form-Token": token });
        const answer = await unchanged(world, () => call({ idempotencyKey: "forged" }));
        expect(answer.body).toMatchObject({ code: "insufficient_scope", title: "The form token is missing or wrong" });
        const detail = String(answer.body.detail);
        expect([answer.status, detail]).toEqual([403, expect.stringContaining("X-Form-Token")]);
        const source = /GET (\/\S+)/.exec(detail)?.[1] ?? "";
        const { formToken } = (await (await owner.browser.get(source)).json()) as { formToken: string };
        const cured = await httpDoor(world, route, { ...owner.headers, "X-Form-Token": formToken })({
          idempotencyKey: "cured",
        });
        expect([route, cured.code]).toEqual([route, "invalid_input"]);
      }
    }
  });
});
