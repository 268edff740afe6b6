import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { freshPdf, latin } from "../support/asset-files.ts";
import { until } from "../support/until.ts";
import { openUploadDesk, type UploadDesk } from "../support/upload-desk.ts";

let desk: UploadDesk;
beforeAll(async () => {
  desk = await openUploadDesk();
});
beforeEach(() => {
  desk.bucket.reset();
  desk.world.database.reset();
  desk.world.quiet = false;
});

describe("a body in the call", () => {
  test("claimed and no put: the same key puts it", async () => {
    const args = await desk.args(freshPdf());
    desk.bucket.lose({ 1: "before" });
    expect((await desk.call(args)).code).toBe("provider_unavailable");
    const row = await desk.rowOfKey(args.idempotencyKey);
    expect([row.status, await desk.real.head(row.r2_object_key)]).toEqual(["upload_pending", null]);
    const again = await desk.call(args);
    expect(again.body, again.text).toMatchObject({ replayed: false, result: { id: row.id, status: "stored_private" } });
    expect(await desk.audit(row.id)).toEqual(["started", "stored"]);
  });

  test("the put's answer is lost: the store is asked what it holds", async () => {
    const args = await desk.args(freshPdf());
    desk.bucket.lose({ 1: "after" });
    expect((await desk.call(args)).body).toMatchObject({ result: { status: "stored_private" } });
    expect(desk.bucket.calls()).toEqual(["put", "head"]);
  });

  test("the store is away: nothing is claimed to have happened, and the same key settles it", async () => {
    const args = await desk.args(freshPdf());
    for (const fault of ["before", "after"] as const) {
      desk.bucket.lose({ 1: fault, 2: "before" });
      expect((await desk.call(args)).code).toBe("outcome_unknown");
    }
    const row = await desk.rowOfKey(args.idempotencyKey);
    expect((await desk.call(args)).body).toMatchObject({ result: { id: row.id, status: "stored_private" } });
  });

  test("put and no finish: the same key finishes, and nothing is put twice", async () => {
    const before = await desk.objects();
    const args = await desk.args(freshPdf());
    desk.world.database.lose({ 3: "before" });
    expect((await desk.call(args)).code).toBe("outcome_unknown");
    desk.world.database.reset();
    const row = await desk.rowOfKey(args.idempotencyKey);
    expect((await desk.call(args)).body).toMatchObject({ result: { id: row.id, status: "stored_private" } });
    expect(await desk.objects()).toBe(before + 1);
    expect(await desk.audit(row.id)).toEqual(["started", "stored"]);
  });

  test("many at once with one key: one object, one trail", async () => {
    const before = await desk.objects();
    const args = await desk.args(freshPdf());
    await Promise.all(Array.from({ length: 10 }, () => desk.call(args)));
    const settled = await desk.call(args);
    expect(settled.body).toMatchObject({ result: { status: "stored_private" } });
    expect(await desk.objects()).toBe(before + 1);
    expect(await desk.audit((await desk.rowOfKey(args.idempotencyKey)).id)).toEqual(["started", "stored"]);
  });

  test("the same key with other bytes is a conflict", async () => {
    const args = await desk.args(freshPdf());
    await desk.call(args);
    const other = { ...(await desk.args(freshPdf())), idempotencyKey: args.idempotencyKey };
    expect((await desk.call(other)).code).toBe("idempotency_conflict");
  });
});

describe("a body by its link", () => {
  test("it is stored as announced, once, and the link leads nowhere else", async () => {
    const { id, uploadUrl, body } = await desk.link();
    desk.world.database.reset();
    const stored = await desk.put(uploadUrl, body);
    expect(desk.world.database.trips()).toBe(2);
    expect(stored).toMatchObject({ status: 201, body: { id, status: "stored_private", byteCount: body.length } });
    expect(await desk.audit(id)).toEqual(["started", "stored"]);
    const { r2_object_key } = await desk.row(id);
    expect(new Uint8Array((await (await desk.real.get(r2_object_key))?.arrayBuffer()) ?? [])).toEqual(body);

    expect(await desk.put(uploadUrl, body)).toMatchObject({ status: 409, body: { code: "ineligible_state" } });
    expect(await desk.put(uploadUrl, freshPdf())).toMatchObject({ status: 409 });
    expect(desk.bucket.calls()).toEqual(["put"]);
    for (const method of ["GET", "HEAD", "POST", "DELETE", "OPTIONS"]) {
      const answer = await desk.world.fetch(uploadUrl, { method });
      expect([method, answer.status, answer.headers.get("Allow"), await answer.text()]).toEqual([
        method,
        405,
        "PUT",
        "",
      ]);
    }
  });

  test("an unknown token is not found, in the same words for every form of it", async () => {
    const { uploadUrl, body } = await desk.link();
    const base = uploadUrl.slice(0, uploadUrl.lastIndexOf("/") + 1);
    const token = uploadUrl.slice(base.length);
    const answers = [];
    for (const other of [token.slice(0, -1), `${token}0`, token.toUpperCase(), "0".repeat(48), "x", "%00", "'--"]) {
      answers.push(await desk.put(base + other, body));
    }
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(answers[0]).toMatchObject({ status: 404, body: { code: "not_found" } });
    expect((await desk.put(uploadUrl, body)).status).toBe(201);
  });

  test("another digest, a cut, a longer body or a lying length stores nothing, and the link stays good", async () => {
    const { id, uploadUrl, body } = await desk.link();
    const other = body.with(body.length - 3, 0x21);
    const half = body.slice(0, 20);
    const rest = body.slice(20);
    for (const [sent, headers] of [
      [other],
      [half],
      [[half]],
      [[half, rest, latin("more")]],
      [body, { "Content-Length": String(body.length + 1) }],
      [body, { "Content-Length": "0" }],
      [new Uint8Array()],
    ] as const) {
      const answer = await desk.put(uploadUrl, sent, headers);
      expect(answer, JSON.stringify(headers)).toMatchObject({
        status: 400,
        body: { code: "invalid_input", field: "body" },
      });
    }
    const { status, r2_object_key } = await desk.row(id);
    expect([status, await desk.real.head(r2_object_key)]).toEqual(["upload_pending", null]);
    expect((await desk.put(uploadUrl, [half, rest])).status).toBe(201);
  });

  test("a body of another type than was announced is refused by its first bytes", async () => {
    for (const content of [
      "<!DOCTYPE html><script>alert(1)</script>",
      "%PDF-1.7\n<script>alert(1)</script>",
      "MZ\u0090",
    ]) {
      const { uploadUrl, body } = await desk.link(latin(content));
      desk.bucket.reset();
      expect(await desk.put(uploadUrl, body)).toMatchObject({
        status: 400,
        body: { code: "invalid_input", field: "body" },
      });
      expect(desk.bucket.calls()).toEqual([]);
    }
  });

  test("put and no finish: the same link finishes it", async () => {
    const before = await desk.objects();
    for (const fault of ["before", "after"] as const) {
      const { id, uploadUrl, body } = await desk.link();
      desk.world.database.lose({ 2: fault });
      expect(await desk.put(uploadUrl, body)).toMatchObject({ status: 502, body: { code: "outcome_unknown" } });
      desk.world.database.reset();
      // After a commit whose answer was lost, the link says that it was used.
      expect((await desk.put(uploadUrl, body)).status).toBe(fault === "before" ? 201 : 409);
      expect([(await desk.row(id)).status, await desk.audit(id)]).toEqual(["stored_private", ["started", "stored"]]);
    }
    expect(await desk.objects()).toBe(before + 2);
  });

  test("the put is lost, or its answer", async () => {
    const length = (body: Uint8Array) => ({ "Content-Length": String(body.length) });
    const first = await desk.link();
    desk.bucket.lose({ 1: "after" });
    expect((await desk.put(first.uploadUrl, first.body, length(first.body))).status).toBe(201);

    const second = await desk.link();
    desk.bucket.lose({ 1: "before" });
    const refused = await desk.put(second.uploadUrl, second.body, length(second.body));
    expect(refused).toMatchObject({ status: 502, body: { code: "provider_unavailable" } });
    desk.bucket.lose({ 1: "after", 2: "before" });
    const unknown = await desk.put(second.uploadUrl, second.body, length(second.body));
    expect(unknown).toMatchObject({ status: 502, body: { code: "outcome_unknown" } });
    expect((await desk.put(second.uploadUrl, second.body)).status).toBe(201);
  });

  test("two bodies at once by one link: one object, one trail", async () => {
    const before = await desk.objects();
    const { id, uploadUrl, body } = await desk.link();
    const answers = await Promise.all(Array.from({ length: 6 }, () => desk.put(uploadUrl, body)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    for (const { status } of answers) expect([201, 409]).toContain(status);
    expect([await desk.objects(), await desk.audit(id)]).toEqual([before + 1, ["started", "stored"]]);
  });

  test("a link ends after an hour", async () => {
    const { uploadUrl, uploadExpiresAt, body } = await desk.link();
    expect(Date.parse(uploadExpiresAt) - desk.world.clock.now()).toBeGreaterThan(3_590_000);
    desk.later(1);
    expect(await desk.put(uploadUrl, body)).toMatchObject({ status: 409, body: { code: "ineligible_state" } });
    desk.later(-1);
  });
});

test("the scheduled run finishes a call that never came back, and ends an unused link", async () => {
  const args = await desk.args(freshPdf());
  desk.bucket.lose({ 1: "before" });
  await desk.call(args);
  desk.bucket.reset();
  const { id } = await desk.rowOfKey(args.idempotencyKey);
  const link = await desk.link();
  desk.later(0.1);
  await desk.world.scheduled();
  expect((await desk.row(id)).status).toBe("stored_private");
  expect((await desk.call(args)).body).toMatchObject({ replayed: true, result: { id, status: "stored_private" } });
  desk.later(2);
  await desk.world.scheduled();
  expect((await desk.row(link.id)).status).toBe("upload_abandoned");
  desk.later(-2.1);
});

describe("the sweeper", () => {
  test("gives up what never came, once, also twice at once; the key then ends too", async () => {
    const args = await desk.args(freshPdf());
    desk.bucket.lose({ 1: "before" });
    await desk.call(args);
    desk.bucket.reset();
    const { id: inline } = await desk.rowOfKey(args.idempotencyKey);
    const { id: linked, uploadUrl, body } = await desk.link();
    await desk.sweep();
    expect([(await desk.row(inline)).status, (await desk.row(linked)).status]).toEqual([
      "upload_pending",
      "upload_pending",
    ]);

    desk.later(2.1);
    await Promise.all([desk.sweep(), desk.sweep(), desk.sweep()]);
    for (const id of [inline, linked]) {
      expect([(await desk.row(id)).status, await desk.audit(id)]).toEqual([
        "upload_abandoned",
        ["started", "abandoned"],
      ]);
    }
    desk.later(-2.1);
    expect(await desk.put(uploadUrl, body)).toMatchObject({ status: 409, body: { code: "ineligible_state" } });
    desk.bucket.reset();
    for (const _ of [1, 2]) expect((await desk.call(args)).code).toBe("ineligible_state");
    expect(desk.bucket.calls()).not.toContain("put");
  });

  test("settles what was put and not finished; the key then succeeds", async () => {
    const args = await desk.args(freshPdf());
    desk.world.database.lose({ 3: "before" });
    await desk.call(args);
    desk.world.database.reset();
    const { id } = await desk.rowOfKey(args.idempotencyKey);
    desk.later(2.1);
    await Promise.all([desk.sweep(), desk.sweep()]);
    expect([(await desk.row(id)).status, await desk.audit(id)]).toEqual(["stored_private", ["started", "stored"]]);
    desk.later(-2.1);
    expect((await desk.call(args)).body).toMatchObject({ result: { id, status: "stored_private" } });
    expect(await desk.audit(id)).toEqual(["started", "stored"]);
  });

  test("decides nothing while the store gives no answer", async () => {
    const { id } = await desk.link();
    desk.later(2.1);
    desk.bucket.lose({ 1: "before", 2: "before" });
    await desk.sweep().catch(() => undefined);
    expect((await desk.row(id)).status).toBe("upload_pending");
    desk.bucket.reset();
    await desk.sweep();
    expect((await desk.row(id)).status).toBe("upload_abandoned");
    desk.later(-2.1);
  });

  test.each([
    ["before", 409, "upload_abandoned", ["started", "abandoned"]],
    ["after", 201, "stored_private", ["started", "stored"]],
  ] as const)(
    "a slow upload that the store has %s the sweep ends whole or not at all",
    async (where, code, status, trail) => {
      const { id, uploadUrl, body } = await desk.link();
      const { r2_object_key } = await desk.row(id);
      const release = desk.bucket.holdPuts(where);
      const slow = desk.put(uploadUrl, body);
      await until(() => desk.bucket.calls().includes("put"));
      if (where === "after") await until(() => desk.real.head(r2_object_key));
      desk.later(2.1);
      await desk.sweep();
      expect((await desk.row(id)).status).toBe(status);
      release();
      expect((await slow).status).toBe(code);
      desk.later(-2.1);
      expect([(await desk.row(id)).status, await desk.audit(id)]).toEqual([status, trail]);
      expect((await desk.real.head(r2_object_key)) !== null).toBe(status === "stored_private");
    },
  );

  test("removes what arrived after it was given up and was left lying there", async () => {
    const { id, body } = await desk.link();
    desk.later(2.1);
    await desk.sweep();
    const { r2_object_key } = await desk.row(id);
    await desk.real.put(r2_object_key, body);
    await desk.sweep();
    expect(await desk.real.head(r2_object_key)).toBeNull();
    desk.later(-2.1);
  });
});

test("every object lies where a row says that it is stored, and no answer has told where", async () => {
  const rows = await desk.world.all<{ r2_object_key: string; status: string; upload_link_sha256: string | null }>(
    "SELECT * FROM product_asset_uploads",
  );
  const stored = rows.filter(({ status }) => status === "stored_private").map((row) => row.r2_object_key);
  // The head of the audit lies beside them.
  const lying = (await desk.real.list()).objects.map(({ key }) => key).filter((key) => !key.startsWith("audit-head/"));
  expect(lying.sort()).toEqual(stored.sort());
  const told = [...desk.answers, JSON.stringify(desk.world.log)].join("\n");
  expect(told.length).toBeGreaterThan(1000);
  for (const row of rows) {
    expect(row.r2_object_key).toMatch(/^[0-9a-f]{48}$/);
    expect(told).not.toContain(row.r2_object_key);
    if (row.upload_link_sha256) expect(told).not.toContain(row.upload_link_sha256);
  }
});
