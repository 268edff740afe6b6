import { applyD1Migrations } from "cloudflare:test";
import { expect, test } from "vitest";
import { testBindings } from "../seeds/seeded-database.ts";

/** As of the first release; what comes after it meets databases in use. */
const FIRST_RELEASE = 14;

test("a database in use keeps its rows, in their order, and is append-only afterwards", async () => {
  const { DB: binding, MIGRATIONS } = testBindings();
  await applyD1Migrations(binding, MIGRATIONS.slice(0, FIRST_RELEASE));
  const audit =
    "id, owner_user_id, event_kind, actor_kind, summary, created_at, audit_correlation_id, subject_id, proof";
  for (const [id, createdAt] of [
    ["audit-event-b", 2],
    ["audit-event-a", 3],
    ["audit-event-c", 1],
  ]) {
    const insert = `INSERT INTO payment_audit_events (${audit}) VALUES (?, 'owner', 'person_invited', 'owner_session', 'x', ?, 'audit-x', 'person', 'argument')`;
    await binding.prepare(insert).bind(id, createdAt).run();
  }
  await binding
    .prepare(
      `INSERT INTO approvals (id, owner_user_id, operation_id, actor_id, idempotency_key, write_name, fingerprint,
        binding_sha256, subject_id, subject_updated_at, arguments_sealed, status, expires_at, created_at)
      VALUES ('approval-a', 'owner', 'operation-a', 'person', 'key', 'start_checkout', 'f', 'b', 's', 1, 'sealed', 'pending', 9, 1)`,
    )
    .run();

  await applyD1Migrations(binding, MIGRATIONS);

  const rows = async (sql: string) => (await binding.prepare(sql).all()).results;
  expect(await rows("SELECT sequence, id, created_at, proof FROM payment_audit_events ORDER BY sequence")).toEqual([
    { sequence: 1, id: "audit-event-c", created_at: 1, proof: "argument" },
    { sequence: 2, id: "audit-event-b", created_at: 2, proof: "argument" },
    { sequence: 3, id: "audit-event-a", created_at: 3, proof: "argument" },
  ]);
  expect(await rows("SELECT id, status, arguments_sealed, withdrawn_because FROM approvals")).toEqual([
    { id: "approval-a", status: "pending", arguments_sealed: "sealed", withdrawn_because: null },
  ]);
  await expect(binding.prepare("UPDATE payment_audit_events SET summary = 'y'").run()).rejects.toThrow("append-only");
  await expect(binding.prepare("DELETE FROM payment_audit_events").run()).rejects.toThrow("append-only");
});
