/** The tables of a checkout that a decision about it reads, with the column that names the checkout. */
const TABLES: Readonly<Record<string, string>> = {
  checkout_intents: "id",
  checkout_intent_lines: "checkout_intent_id",
  checkout_facts: "checkout_intent_id",
};
/** Other columns of which no two rows hold the same. */
const UNIQUE = [
  "idempotency_key",
  "operation_id",
  "audit_correlation_id",
  "stripe_checkout_session_id",
  "stripe_payment_intent_id",
  "stripe_invoice_id",
  "stripe_event_id",
];

/** The id of a copy: an order's number is the end of its id, ten hexadecimal digits. */
export const copyId = (id: string, number: number): string =>
  `${id.slice(0, -10)}${number.toString(16).padStart(10, "0")}`;

/** Copies a paid checkout so many times, numbered from 0. Answers the version that all of them have, in milliseconds. */
export async function copyPaidCheckout(db: D1Database, id: string, copies: number): Promise<number> {
  for (const [table, naming] of Object.entries(TABLES)) {
    const { results } = await db.prepare("SELECT name FROM pragma_table_info(?)").bind(table).all<{ name: string }>();
    const columns = results.map(({ name }) => name);
    const values = columns.map((column) => {
      if (column === naming)
        return `substr(source.${naming}, 1, length(source.${naming}) - 10) || printf('%010x', n.i)`;
      return UNIQUE.includes(column) ? `source.${column} || '-' || n.i` : `source.${column}`;
    });
    await db
      .prepare(
        `INSERT INTO ${table} (${columns.join(", ")})
         WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ?1 - 1)
         SELECT ${values.join(", ")} FROM n, ${table} AS source WHERE source.${naming} = ?2`,
      )
      .bind(copies, id)
      .run();
  }
  const row = await db
    .prepare("SELECT updated_at FROM checkout_intents WHERE id = ?")
    .bind(id)
    .first<{ updated_at: number }>();
  if (!row) throw new Error("the checkout is gone");
  return row.updated_at;
}
