import { beforeEach, expect, test } from "vitest";
import { unchanged } from "../support/database-state.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { evidence } from "../support/evidence.ts";
import { type Browser, hiddenFields, openBrowser, signIn } from "../support/oauth.ts";
import { boundaries, sale } from "../support/sale.ts";
import { ORIGIN, OWNER, type World } from "../support/world.ts";

const REASON = "canary-reason <b>seen</b>";

/** A page with the form of a confirmed write. */
interface FormStory {
  readonly name: string;
  readonly text: string;
  /** A page of its own for each test. */
  ready(world: World): Promise<string>;
  readonly fields: Record<string, string>;
  readonly file?: { readonly name: string; readonly body: string };
  /** Moves the subject behind the page's back. */
  move(world: World, path: string): Promise<unknown>;
  readonly write: string;
}

const idIn = (path: string) => decodeURIComponent(path.split("/").at(-1) ?? "");

const STORIES: readonly FormStory[] = [
  {
    name: "a ledger entry is reviewed",
    write: "review_commission_evidence",
    text: "Apply owner review action to Bumpgrade commission ledger evidence",
    fields: { actionKind: "hold_for_review", reason: REASON },
    ready: async (world) => `/owner/ledger/${(await evidence(world)).commissionLedgerId}`,
    move: (world, path) =>
      world.all("UPDATE affiliate_commission_ledger_entries SET updated_at = updated_at + 1 WHERE id = ?", idIn(path)),
  },
  {
    name: "a removal intent is recorded",
    write: "record_revocation_intent",
    text: "Record product access removal intent",
    fields: { reasonCode: "customer_request", reason: REASON },
    async ready(world) {
      const { checkoutIntentId } = await sale(world);
      const [row] = await world.all<{ id: string }>(
        "SELECT id FROM product_entitlements WHERE checkout_intent_id = ?",
        checkoutIntentId,
      );
      return `/owner/entitlements/${row?.id}`;
    },
    move: (world, path) =>
      world.all("UPDATE product_entitlements SET updated_at = updated_at + 1 WHERE id = ?", idIn(path)),
  },
  {
    name: "a small file is stored",
    write: "upload_product_asset",
    text: "Create private product asset upload intent",
    fields: {},
    file: { name: "checklist.txt", body: "one\ntwo\n" },
    ready: async () => "/owner/assets/product-launch-bundle/asset-launch-checklist-pdf",
    move: (world) => world.all("UPDATE access_products SET updated_at = updated_at + 1"),
  },
];

for (const story of STORIES)
  describeInWorld(`in the console ${story.name}`, { reset: true }, (world) => {
    let browser: Browser;
    let path: string;
    beforeEach(async () => {
      browser = openBrowser(world.send, ORIGIN);
      await signIn(browser, OWNER);
      path = await story.ready(world);
    });

    const read = async () => {
      const html = await (await browser.get(path)).text();
      return { html, hidden: hiddenFields(html, path) };
    };
    /** As a browser sends it: with a file, in parts. */
    const send = async (fields: Record<string, string>, headers: Record<string, string> = {}) => {
      if (!story.file) return browser.post(path, fields, headers);
      const body = new FormData();
      for (const [name, value] of Object.entries(fields)) body.set(name, value);
      body.set("file", new File([story.file.body], story.file.name));
      const Cookie = [...browser.cookies].map((pair) => pair.join("=")).join("; ");
      return world.fetch(path, {
        method: "POST",
        body,
        headers: { Cookie, Origin: ORIGIN, "Sec-Fetch-Site": "same-origin", ...headers },
        redirect: "manual",
      });
    };
    const operations = () =>
      world.all<Record<string, string>>("SELECT * FROM operations WHERE write_name = ?", story.write);

    test("typed exactly it is done once, however often it is sent, and its story can be read", async () => {
      const before = await operations();
      const bounds = await boundaries(world);
      const { html, hidden } = await read();
      expect(html).toContain(story.text);
      const fields = { ...hidden, ...story.fields, confirmationText: story.text };
      const answers = await Promise.all([send(fields), send(fields)]);
      answers.push(await send(fields));
      const done = answers.map((answer) => answer.headers.get("Location")).filter((location) => location !== null);
      expect(done.length).toBeGreaterThanOrEqual(2);
      expect(new Set(done).size).toBe(1);
      const made = (await operations()).filter(({ id }) => !before.some((known) => known.id === id));
      expect(made).toMatchObject([
        { actor_kind: "owner_session", proof: "approval_page", status: "succeeded", client_id: null },
      ]);
      const landed = await (await browser.get(done[0] ?? "")).text();
      expect(landed).toContain(`/owner/operations/${made[0]?.id}`);
      const told = await (await browser.get(`/owner/operations/${made[0]?.id}`)).text();
      expect(told).toContain(OWNER.email);
      expect(told).toContain(story.text);
      expect(told).toContain("No app: on this site");
      expect(await boundaries(world)).toEqual(bounds);
    });

    test("a wrong text, a missing token, another site and an old sign-in do nothing", async () => {
      const { hidden } = await read();
      const fields: Record<string, string> = { ...hidden, ...story.fields, confirmationText: story.text };
      await unchanged(world, async () => {
        for (const confirmationText of ["", story.text.toUpperCase(), `${story.text}.`]) {
          const wrong = await send({ ...fields, confirmationText });
          const html = await wrong.text();
          expect([wrong.status, html.includes("not the exact")]).toEqual([422, true]);
          expect(html).toContain(`value="${confirmationText}"`);
          expect(hiddenFields(html, path).idempotencyKey).toBe(hidden.idempotencyKey);
        }
        const { formToken, ...tokenless } = fields;
        expect((await send(tokenless)).status).toBe(403);
        expect((await send({ ...fields, formToken: `${formToken}x` })).status).toBe(403);
        expect((await send(fields, { "Sec-Fetch-Site": "cross-site" })).status).toBe(403);
        expect((await send({ ...fields, idempotencyKey: "" })).status).toBe(400);
        world.skew(16 * 60);
        expect(await (await browser.get(path)).text()).toContain("Sign in again");
        const old = await send(fields);
        expect([old.status, old.headers.get("Location")]).toEqual([
          303,
          `${ORIGIN}/sign-in?${new URLSearchParams({ returnTo: path, again: "1" })}`,
        ]);
      });
    });

    test("what has changed since is shown anew and has to be decided anew", async () => {
      const { hidden } = await read();
      await story.move(world, path);
      const fields = { ...hidden, ...story.fields, confirmationText: story.text };
      const stale = await unchanged(world, () => send(fields));
      const html = await stale.text();
      expect([stale.status, html.includes("has changed since")]).toEqual([412, true]);
      const again = hiddenFields(html, path);
      expect(again.idempotencyKey).not.toBe(hidden.idempotencyKey);
      const done = await send({ ...again, ...story.fields, confirmationText: story.text });
      expect(done.status).toBe(303);
    });
  });

describeInWorld("a ledger entry in the console", {}, (world) => {
  test("shows the owner's reason escaped, and no form once it is reversed", async () => {
    const browser = openBrowser(world.send, ORIGIN);
    await signIn(browser, OWNER);
    const path = `/owner/ledger/${(await evidence(world)).commissionLedgerId}`;
    const reverse = { actionKind: "reverse_evidence", reason: REASON, confirmationText: STORIES[0]?.text ?? "" };
    const page = await browser.get(path);
    expect((await browser.submit(page, path, reverse)).status).toBe(303);
    const html = await (await browser.get(path)).text();
    expect(html).toContain("canary-reason &lt;b&gt;seen&lt;/b&gt;");
    expect(html).toContain("no review can follow");
    expect(html).not.toContain("confirmationText");
    expect(JSON.stringify(world.log)).not.toContain("canary-reason");

    // The words can be erased; that there were some stays in the sealed row.
    expect(html).not.toContain("erased");
    await world.all("DELETE FROM personal_notes WHERE note_kind = 'review_reason'");
    const later = await (await browser.get(path)).text();
    expect(later).not.toContain("canary-reason");
    expect(later).toContain('<span class="soft">erased</span>');
  });
});
