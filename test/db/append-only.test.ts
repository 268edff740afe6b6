import { beforeAll, describe, expect, test } from "vitest";
import { ROW_EVENTS, SEALED_TABLES } from "../../src/db/schema/sealed-tables.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { writeSealedRows } from "../support/sealed-rows.ts";
import { tell } from "../support/tell.ts";

type Row = Record<string, string | number | null>;
const SEEDED = "revocation-intent-launch-download-dry-run";
/** Keys beside the id by which REPLACE would find a row. */
const OTHER_KEYS: Readonly<Record<string, string>> = {
  checkout_post_purchase_decisions: "presented_offer_id",
  product_entitlement_revocation_intents: "closes_intent_id",
};

describeInWorld("tables under the seal", { story: true }, (world) => {
  beforeAll(async () => {
    await writeSealedRows(world);
  });

  const rowsIn = async (table: string) => {
    const rows = await world.all<Row>(`SELECT * FROM ${table} ORDER BY id`);
    return rows.filter(({ status }) => status !== "revocation_intent_ready");
  };

  describe.each(SEALED_TABLES.map(({ table }) => table))("%s", (table) => {
    let statements = 0;
    const refused = async (sql: string, ...values: unknown[]) => {
      statements++;
      const before = await world.all(`SELECT * FROM ${table} ORDER BY id`);
      await expect(world.all(sql, ...values), sql).rejects.toThrow(/append-only/);
      expect(await world.all(`SELECT * FROM ${table} ORDER BY id`), sql).toEqual(before);
    };
    const inserting = (how: string, row: Row, end = "") =>
      refused(
        `${how} INTO ${table} (${Object.keys(row).join(", ")}) VALUES (${Object.keys(row)
          .map(() => "?")
          .join(", ")}) ${end}`,
        ...Object.values(row),
      );

    test("UPDATE of any column of any row is refused, whatever it does with conflicts", async () => {
      const rows = await rowsIn(table);
      expect(rows.length).toBeGreaterThan(0);
      for (const row of rows) {
        for (const column of Object.keys(row)) {
          await refused(`UPDATE ${table} SET ${column} = ${column} WHERE id = ?`, row.id);
        }
        for (const or of ["REPLACE", "IGNORE", "FAIL", "ROLLBACK"]) {
          await refused(`UPDATE OR ${or} ${table} SET id = 'another' WHERE id = ?`, row.id);
        }
      }
    });

    test("DELETE is refused", async () => {
      for (const { id } of await rowsIn(table)) await refused(`DELETE FROM ${table} WHERE id = ?`, id);
    });

    test("REPLACE, UPSERT, OR IGNORE and INSERT of a row that is there are refused, by each of its keys", async () => {
      const other = OTHER_KEYS[table];
      for (const row of await rowsIn(table)) {
        // The whole row, its id alone, and its other key alone.
        const again = [
          row,
          ...(other === undefined ? [] : [{ ...row, [other]: "another" }]),
          ...(other !== undefined && row[other] !== null ? [{ ...row, id: "another" }] : []),
        ];
        for (const known of again) {
          for (const how of ["REPLACE", "INSERT OR REPLACE", "INSERT OR IGNORE", "INSERT OR FAIL", "INSERT"]) {
            await inserting(how, known);
          }
          await inserting("INSERT", known, "ON CONFLICT DO UPDATE SET created_at = 1");
          await inserting("INSERT", known, "ON CONFLICT DO NOTHING");
        }
      }
    });

    test("the tally", ({ task }) => {
      expect(statements).toBeGreaterThan(10);
      tell(task, "P12", { counts: { tables: 1, "statements refused": statements } });
    });

    test("no column holds what may name a person", async () => {
      const [row] = await rowsIn(table);
      for (const column of [
        "idempotency_key",
        "actor_email",
        "actor_email_hash",
        "private_reason_sha256",
        "metadata_json",
      ]) {
        if (!row || !(column in row)) continue;
        const named = {
          ...row,
          id: "named",
          presented_offer_id: "other",
          closes_intent_id: null,
          [column]: "a person",
        };
        const present = Object.fromEntries(Object.entries(named).filter(([name]) => name in row));
        const names = Object.keys(present);
        const sql = `INSERT INTO ${table} (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`;
        await expect(world.all(sql, ...Object.values(present)), column).rejects.toThrow("CHECK constraint failed");
      }
    });
  });

  test.each([
    ["UPDATE", "UPDATE audit_seals SET seal = 'x'"],
    ["DELETE", "DELETE FROM audit_seals"],
    ["REPLACE", "REPLACE INTO audit_seals SELECT * FROM audit_seals"],
    ["INSERT OR IGNORE", "INSERT OR IGNORE INTO audit_seals SELECT * FROM audit_seals"],
  ])("%s of a seal is refused", async (_, sql) => {
    await world.scheduled();
    const seals = () => world.all("SELECT * FROM audit_seals ORDER BY number");
    const before = await seals();
    expect(before.length).toBeGreaterThan(0);
    await expect(world.all(sql)).rejects.toThrow(/final|sealed_already/);
    expect(await seals()).toEqual(before);
  });

  test("the seeded readiness follows the seeds, and takes no other row's place", async () => {
    const table = "product_entitlement_revocation_intents";
    const upsert = `INSERT INTO ${table} (id, owner_user_id, product_id, entitlement_template_id, access_rule_id,
        revocation_policy, stale_state_policy, audit_correlation_policy, created_at, updated_at)
      SELECT id, owner_user_id, product_id, entitlement_template_id, access_rule_id, 'another policy', stale_state_policy,
        audit_correlation_policy, created_at, updated_at + 1 FROM ${table} WHERE id = '${SEEDED}'
      ON CONFLICT DO UPDATE SET revocation_policy = excluded.revocation_policy`;
    await world.all(upsert);
    const [seeded] = await world.all(`SELECT revocation_policy FROM ${table} WHERE id = ?`, SEEDED);
    expect(seeded).toEqual({ revocation_policy: "another policy" });

    const rows = await rowsIn(table);
    const recorded = rows.find(({ status }) => status === "revocation_intent_recorded");
    const withdrawn = rows.find(({ status }) => status === "revocation_intent_withdrawn");
    for (const change of [
      `id = '${recorded?.id}'`,
      `closes_intent_id = '${withdrawn?.closes_intent_id}'`,
      "status = 'revocation_intent_recorded'",
      "owner_user_id = 'another'",
    ]) {
      const sql = `UPDATE OR REPLACE ${table} SET ${change} WHERE id = '${SEEDED}'`;
      await expect(world.all(sql), change).rejects.toThrow("append-only");
    }
    expect(await rowsIn(table)).toEqual(rows);
  });

  test("an audit row holds a hash where its commit adds a row elsewhere, and nowhere else", async () => {
    const [last] = await world.all<Row>("SELECT * FROM payment_audit_events ORDER BY sequence DESC LIMIT 1");
    const kinds = [...SEALED_TABLES.flatMap(({ events }) => events), "approval_asked", "checkout_intent_created"];
    for (const kind of kinds) {
      for (const hash of [null, "a".repeat(64)]) {
        const { sequence: _, ...copied } = last ?? {};
        const row = { ...copied, id: `audit-${kind}-${hash}`, event_kind: kind, row_sha256: hash };
        const names = Object.keys(row);
        const sql = `INSERT INTO payment_audit_events (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`;
        const written = world.all(sql, ...Object.values(row));
        const adds = ROW_EVENTS.includes(kind);
        if (adds === (hash !== null)) await written;
        else await expect(written, `${kind} ${hash}`).rejects.toThrow("payment_audit_events_row");
      }
    }
  });

  test("what a person wrote can be erased, and nothing else goes with it", async () => {
    const before = await Promise.all(SEALED_TABLES.map(({ table }) => rowsIn(table)));
    const erased = await world.all<Row>("DELETE FROM personal_notes RETURNING note_kind");
    expect(erased.map(({ note_kind }) => note_kind).sort()).toEqual(["review_reason", "revocation_reason"]);
    expect(await Promise.all(SEALED_TABLES.map(({ table }) => rowsIn(table)))).toEqual(before);
  });
});
