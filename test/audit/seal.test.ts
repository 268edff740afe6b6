import { beforeAll, describe, expect, test } from "vitest";
import { SEAL, type Seal } from "../../src/audit/seal.ts";
import { type FoundAudit, verifyAudit } from "../../src/audit/verify.ts";
import type { SealedRows } from "../../src/audit/verify-rows.ts";
import { canonicalJson } from "../../src/base/canonical-json.ts";
import { sha256 } from "../../src/base/digest.ts";
import { openSecrets } from "../../src/base/secrets.ts";
import { SEALED_TABLES } from "../../src/db/schema/sealed-tables.ts";
import { type RowRecord, rowSha256 } from "../../src/db/sealed-rows.ts";
import { openSigningKeys } from "../../src/signing/keys.ts";
import { publicKeysOf } from "../../src/signing/public-key.ts";
import { check, sign } from "../../src/signing/signed.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { sale } from "../support/sale.ts";
import { writeSealedRows } from "../support/sealed-rows.ts";
import { tell } from "../support/tell.ts";
import { watchBucket } from "../support/watched-bucket.ts";

const OWNER = "user-bumpgrade-owner";
const HEAD = `audit-head/${OWNER}.jws`;
describeInWorld("the sealed audit", { story: true, reset: true }, (world) => {
  const publishedKeys = async () => {
    const answer = await world.fetch("/.well-known/commerce-receipts.json");
    return publicKeysOf(await answer.json());
  };
  const rowsNow = () =>
    world.all<Record<string, string | number | null>>("SELECT * FROM payment_audit_events ORDER BY sequence");
  const besideNow = async () => {
    const tables = SEALED_TABLES.map(async ({ table }) => [
      table,
      await world.all<RowRecord>(`SELECT * FROM ${table}`),
    ]);
    return Object.fromEntries(await Promise.all(tables)) as SealedRows;
  };
  const sealsNow = async () =>
    (await world.all<{ seal: string }>("SELECT seal FROM audit_seals ORDER BY number")).map(({ seal }) => seal);
  const headNow = async () => (await world.bindings.PRODUCT_ASSETS.get(HEAD))?.text();
  const found = async (): Promise<FoundAudit> => ({
    owner: OWNER,
    rows: await rowsNow(),
    beside: await besideNow(),
    seals: await sealsNow(),
    head: await headNow(),
  });
  const report = async () => {
    const [run] = await world.all<{ report_json: string }>(
      "SELECT report_json FROM scheduled_runs ORDER BY finished_at DESC LIMIT 1",
    );
    return JSON.parse(run?.report_json ?? "{}").audit;
  };
  const faultsOf = async (audit: FoundAudit) => (await verifyAudit(audit, await publishedKeys())).faults;

  test("the schedule seals what the audit gained, each seal tied to the one before, and a run without news adds none", async () => {
    await world.scheduled();
    await sale(world, { bump: true, outcome: "paid" });
    const before = (await rowsNow()).length;
    await world.scheduled();
    const seals = await sealsNow();
    await world.scheduled();
    expect(await sealsNow()).toEqual(seals);
    expect(seals.length).toBeGreaterThan(1);
    expect(await headNow()).toBe(seals.at(-1));
    const head = await world.bindings.PRODUCT_ASSETS.head(HEAD);
    expect(head?.httpMetadata?.contentType).toBe("application/jose");
    const verdict = await verifyAudit(await found(), await publishedKeys());
    expect(verdict).toMatchObject({ faults: [], sealedRows: before, unsealedRows: 0 });
    expect(verdict.latest?.number).toBe(seals.length);

    await sale(world, { outcome: "paid" });
    const after = await verifyAudit(await found(), await publishedKeys());
    expect(after.unsealedRows).toBe((await rowsNow()).length - before);
    expect(after.faults).toEqual([]);
  });

  describe("tampering with the other sealed tables", () => {
    let sound: FoundAudit;
    beforeAll(async () => {
      for (let round = 0; round < 2; round++) await writeSealedRows(world);
      await world.scheduled();
      sound = await found();
      const verdict = await verifyAudit(sound, await publishedKeys());
      expect(verdict).toMatchObject({ faults: [], unsealedRows: 0 });
      // The story's decision is among them.
      expect(verdict.rowsBeside).toBeGreaterThanOrEqual(9);
    });

    /** The rows of a table that are under the seal, and the audit with other rows in their place. */
    const sealedIn = (table: keyof SealedRows) =>
      sound.beside[table].filter(({ status }) => status !== "revocation_intent_ready");
    const withRows = (table: keyof SealedRows, rows: readonly RowRecord[]): FoundAudit => ({
      ...sound,
      beside: { ...sound.beside, [table]: rows },
    });

    describe.each(SEALED_TABLES.map(({ table }) => table))("%s", (table) => {
      test("every column of every row, edited or emptied, is found and named", async ({ task }) => {
        const rows = sealedIn(table);
        expect(rows.length).toBeGreaterThan(1);
        let edits = 0;
        for (const row of rows) {
          for (const [column, value] of Object.entries(row)) {
            if (column === "owner_user_id") continue;
            const others = [
              typeof value === "number" ? value + 1 : `${value ?? ""}x`,
              ...(value === null ? [] : [null]),
            ];
            for (const other of others) {
              const edited = { ...row, [column]: other };
              const faults = await faultsOf(
                withRows(
                  table,
                  rows.map((kept) => (kept === row ? edited : kept)),
                ),
              );
              expect(faults.join("\n"), `${row.id} ${column}`).toMatch(`${table}: the row`);
              expect([row.id, edited.id].some((id) => faults.join("\n").includes(String(id)))).toBe(true);
              edits++;
            }
          }
        }
        tell(task, "P12", { counts: { "edits of sealed rows, all found": edits } });
        console.log(`${edits} edits of ${rows.length} rows of ${table}, all found`);
      });

      test("every row that is removed, added, swapped or put under the seeds is found and named", async () => {
        const rows = sealedIn(table);
        for (const row of rows) {
          const { auditColumn } = SEALED_TABLES.find((sealed) => sealed.table === table) ?? {};
          const removed = await faultsOf(
            withRows(
              table,
              rows.filter((kept) => kept !== row),
            ),
          );
          const named = auditColumn === "operation_id" ? row.operation_id : row.id;
          expect(removed).toEqual([
            expect.stringMatching(`^${table}: the row that row \\d+ of the audit tells of, ${named}, is gone\\.$`),
          ]);

          const added = { ...row, id: "added-1", operation_id: "operation-added" };
          expect(await faultsOf(withRows(table, [...rows, added]))).toEqual([
            `${table}: the row added-1 was added: no row of the audit tells of it.`,
          ]);
          // Under the operation, or the id, of one that is there.
          const beside = { ...row, created_at: 1, ...(auditColumn === "operation_id" && { id: "added-2" }) };
          expect(await faultsOf(withRows(table, [...rows, beside]))).toEqual([
            expect.stringContaining(`${table}: the row ${beside.id} is not as row `),
          ]);
          const hidden = rows.map((kept) => (kept === row ? { ...kept, status: "revocation_intent_ready" } : kept));
          expect(await faultsOf(withRows(table, hidden))).toHaveLength(1);

          const next = rows[rows.indexOf(row) + 1];
          if (!next) continue;
          const swapped = rows.map((kept) =>
            kept === row ? { ...next, id: row.id ?? null } : kept === next ? { ...row, id: next.id ?? null } : kept,
          );
          expect((await faultsOf(withRows(table, swapped))).length).toBeGreaterThanOrEqual(2);
        }
      });

      test("a row that is edited together with its hash in the audit is found by the seal", async () => {
        const [row] = sealedIn(table);
        const edited = { ...row, created_at: 1 };
        const hash = await rowSha256(edited);
        const { auditColumn, rowColumn } = SEALED_TABLES.find((sealed) => sealed.table === table) ?? SEALED_TABLES[0];
        const forged = {
          ...withRows(
            table,
            sound.beside[table].map((kept) => (kept === row ? edited : kept)),
          ),
          rows: sound.rows.map((kept) =>
            kept.row_sha256 !== null && kept[auditColumn] === row?.[rowColumn] ? { ...kept, row_sha256: hash } : kept,
          ),
        };
        expect(await faultsOf(forged)).toEqual([expect.stringContaining("are not as they were sealed")]);
      });
    });

    test("a row that was erased beside a sealed row is no fault", async () => {
      const erased = await world.all("DELETE FROM personal_notes RETURNING row_id");
      expect(erased.length).toBeGreaterThanOrEqual(4);
      expect(await faultsOf(await found())).toEqual([]);
    });
  });

  describe("tampering with a sealed audit", () => {
    let sound: FoundAudit;
    beforeAll(async () => {
      for (let round = 0; round < 3; round++) {
        await sale(world, { outcome: "paid" });
        await world.scheduled();
      }
      sound = await found();
      expect(await faultsOf(sound)).toEqual([]);
      expect(sound.seals.length).toBeGreaterThanOrEqual(4);
    });

    const withRow = (index: number, row: RowRecord): FoundAudit => ({
      ...sound,
      rows: sound.rows.map((kept, at) => (at === index ? row : kept)),
    });

    test("every column of every row, edited or emptied, is found", async ({ task }) => {
      let edits = 0;
      for (const [index, row] of sound.rows.entries()) {
        for (const [column, value] of Object.entries(row)) {
          if (column === "owner_user_id") continue;
          const others = [
            typeof value === "number" ? value + 0.5 : `${value ?? ""}x`,
            ...(value === null ? [] : [null]),
          ];
          for (const other of others) {
            expect(await faultsOf(withRow(index, { ...row, [column]: other })), `${index} ${column}`).not.toEqual([]);
            edits++;
          }
        }
      }
      tell(task, "P12", { counts: { "edits of sealed rows, all found": edits } });
      console.log(`${edits} edits of ${sound.rows.length} rows under ${sound.seals.length} seals, all found`);
    });

    test("every row that is removed, doubled, swapped with the next or given to another business is found", async ({
      task,
    }) => {
      for (const [index, row] of sound.rows.entries()) {
        const without = sound.rows.filter((_, at) => at !== index);
        expect(await faultsOf({ ...sound, rows: without }), `without ${index}`).not.toEqual([]);
        const doubled = sound.rows.flatMap((kept, at) =>
          at === index ? [kept, { ...kept, id: "audit-event-x" }] : [kept],
        );
        expect(await faultsOf({ ...sound, rows: doubled }), `doubled ${index}`).not.toEqual([]);
        const next = sound.rows[index + 1];
        if (!next) continue;
        const swapped = sound.rows.map((kept, at) =>
          at === index
            ? { ...next, sequence: row.sequence ?? null }
            : at === index + 1
              ? { ...row, sequence: next.sequence ?? null }
              : kept,
        );
        expect(await faultsOf({ ...sound, rows: swapped }), `swapped ${index}`).not.toEqual([]);
      }
      tell(task, "P12", { counts: { "rows removed, doubled or swapped, all found": 3 * sound.rows.length - 1 } });
    });

    test("every seal that is removed, moved or made again with another key is found", async ({ task }) => {
      const forger = openSigningKeys(openSecrets(["a writer of the database without the secret"]));
      for (const [index, text] of sound.seals.entries()) {
        const without = sound.seals.filter((_, at) => at !== index);
        expect(await faultsOf({ ...sound, seals: without }), `without ${index}`).not.toEqual([]);
        const next = sound.seals[index + 1];
        if (next) {
          const moved = sound.seals.map((kept, at) => (at === index ? next : at === index + 1 ? text : kept));
          expect(await faultsOf({ ...sound, seals: moved }), `moved ${index}`).not.toEqual([]);
        }
        const checked = await check(SEAL, text, await publishedKeys());
        if ("fault" in checked) throw new Error(checked.fault);
        const forged = await sign(SEAL, checked.said, forger);
        const seals = sound.seals.map((kept, at) => (at === index ? forged : kept));
        expect(await faultsOf({ ...sound, seals }), `forged ${index}`).not.toEqual([]);
      }
      tell(task, "P12", { counts: { "seals removed, moved or forged, all found": 3 * sound.seals.length - 1 } });
    });

    test("rows in whatever order are the same rows", async () => {
      expect(await faultsOf({ ...sound, rows: sound.rows.toReversed() })).toEqual([]);
    });

    test("a seal that is signed and has no member of a seal is named as what it should be", async () => {
      const keys = openSigningKeys(openSecrets(world.bindings.SERVER_SECRET.split(",")));
      const other = await sign(SEAL, { owner: OWNER } as unknown as Seal, keys);
      const faults = await faultsOf({ ...sound, seals: [...sound.seals, other, "x"] });
      expect(faults).toContain(`Seal ${sound.seals.length + 1}: It is signed, but its members are not a seal's.`);
      expect(faults).toContain(
        `Seal ${sound.seals.length + 2}: This is no seal: it is not a signed text of three parts.`,
      );
    });

    test("an end that was cut off, seals and rows together, is found by the head alone", async () => {
      const last = await check(SEAL, sound.seals.at(-1) ?? "", await publishedKeys());
      if ("fault" in last) throw new Error(last.fault);
      const cut = {
        ...sound,
        seals: sound.seals.slice(0, -1),
        rows: sound.rows.filter(({ sequence }) => Number(sequence) <= last.said.after),
      };
      expect(await faultsOf(cut)).toEqual([expect.stringContaining("The end of the audit is missing")]);
      expect(await faultsOf({ ...cut, head: undefined })).toEqual([]);
      expect(await faultsOf({ ...sound, head: "x.y.z" })).toEqual([expect.stringContaining("The head")]);
    });

    test("a seal says what it covers, and nothing about a person", async () => {
      const checked = await check(SEAL, sound.seals.at(-1) ?? "", await publishedKeys());
      if ("fault" in checked) throw new Error(checked.fault);
      const said: Seal = checked.said;
      const covered = sound.rows.filter(
        ({ sequence }) => Number(sequence) > said.after && Number(sequence) <= said.through,
      );
      const values = covered.map((row) =>
        Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)),
      );
      expect(said.rowsSha256).toBe(await sha256(canonicalJson(values)));
      expect(said.previousSha256).toBe(await sha256(sound.seals.at(-2) ?? ""));
      expect(Object.keys(said).sort()).toEqual(
        ["after", "number", "owner", "previousSha256", "rows", "rowsSha256", "sealedAt", "through"].sort(),
      );
    });
  });

  test("what was edited in the database itself, past its triggers, is found", async () => {
    await world.scheduled();
    const trigger = "payment_audit_events_no_update";
    const [made] = await world.all<{ sql: string }>("SELECT sql FROM sqlite_master WHERE name = ?", trigger);
    const [row] = await rowsNow();
    await world.all(`DROP TRIGGER ${trigger}`);
    await world.all("UPDATE payment_audit_events SET proof = 'approval_page' WHERE sequence = ?", row?.sequence);
    const [first] = await sealsNow();
    const checked = await check(SEAL, first ?? "", await publishedKeys());
    if ("fault" in checked) throw new Error(checked.fault);
    const { after, through, sealedAt, rows } = checked.said;
    expect(await faultsOf(await found())).toEqual([
      `Rows ${after + 1} to ${through} are not as they were sealed at ${sealedAt}: ${rows} then, ${rows} found.`,
    ]);
    await world.all("UPDATE payment_audit_events SET proof = ? WHERE sequence = ?", row?.proof, row?.sequence);
    await world.all(made?.sql ?? "");
    expect(await faultsOf(await found())).toEqual([]);
  });

  test("five runs at once make one chain, whatever they race for", async () => {
    await sale(world, { outcome: "paid" });
    await Promise.all(Array.from({ length: 5 }, () => world.scheduled()));
    expect(await faultsOf(await found())).toEqual([]);
    await world.scheduled();
    expect((await verifyAudit(await found(), await publishedKeys())).unsealedRows).toBe(0);
    expect(await headNow()).toBe((await sealsNow()).at(-1));
  });

  test("a run that dies at any call to the store of the head is made good by the next", async () => {
    for (const fault of ["before", "after"] as const) {
      for (const number of [1, 2]) {
        await sale(world, { outcome: "paid" });
        const bucket = watchBucket(world.bindings.PRODUCT_ASSETS);
        world.restart({ PRODUCT_ASSETS: bucket.binding });
        bucket.lose({ [number]: fault });
        world.quiet = true;
        await world.scheduled().catch(() => undefined);
        world.quiet = false;
        bucket.reset();
        await world.scheduled();
        const verdict = await verifyAudit(await found(), await publishedKeys());
        expect(verdict, `${fault} ${number}`).toMatchObject({ faults: [], unsealedRows: 0 });
        expect(await headNow()).toBe((await sealsNow()).at(-1));
      }
    }
  });

  test("a database that was set back is not sealed any further, and the owner is told", async () => {
    await world.scheduled();
    const before = await sealsNow();
    const [made] = await world.all<{ sql: string }>(
      "SELECT sql FROM sqlite_master WHERE name = 'audit_seals_no_delete'",
    );
    await world.all("DROP TRIGGER audit_seals_no_delete");
    const [cut] = await world.all<Record<string, unknown>>("SELECT * FROM audit_seals ORDER BY number DESC LIMIT 1");
    await world.all("DELETE FROM audit_seals WHERE number = ?", cut?.number);
    await world.all(made?.sql ?? "");
    await sale(world, { outcome: "paid" });
    world.quiet = true;
    world.log.length = 0;
    await world.scheduled();
    expect(await report()).toEqual({ rows: 0, seals: 0, head: "differs" });
    expect(world.log).toContainEqual({ event: "internal", name: "seal_audit", code: "head_differs" });
    expect(await sealsNow()).toEqual(before.slice(0, -1));
    expect(await headNow()).toBe(before.at(-1));

    await world.all(
      "INSERT INTO audit_seals (owner_user_id, number, through_sequence, sealed_at, seal) VALUES (?, ?, ?, ?, ?)",
      ...["owner_user_id", "number", "through_sequence", "sealed_at", "seal"].map((column) => cut?.[column]),
    );
    await world.scheduled();
    expect(await report()).toMatchObject({ head: "kept" });
    expect(await faultsOf(await found())).toEqual([]);
  });

  test("a run seals ten thousand rows at most, and the next one goes on", async () => {
    await sale(world, { outcome: "none" });
    await world.scheduled();
    await world.all(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10010)
      INSERT INTO payment_audit_events (id, event_kind, actor_kind, summary, created_at, owner_user_id, audit_correlation_id, subject_id)
      SELECT 'audit-event-many-' || i, event_kind, actor_kind, summary, created_at, owner_user_id, 'audit', subject_id
      FROM n, (SELECT * FROM payment_audit_events WHERE row_sha256 IS NULL LIMIT 1)`);
    await world.scheduled();
    expect(await report()).toMatchObject({ rows: 10_000, seals: 10 });
    await world.scheduled();
    expect(await report()).toMatchObject({ rows: 10, seals: 1 });
  });
});
