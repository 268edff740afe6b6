/** The name that every addition of a later version has here. */
const LATER = "added_later";

/**
 * What a later version's migration may leave to today's code: one more column in every table, null where it says nothing, one
 * more table, and an index. Answers how many tables were widened.
 */
export async function widen(db: D1Database): Promise<number> {
  const { results } = await db
    .prepare(
      `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE '\\_cf%' ESCAPE '\\'
       AND name NOT LIKE 'd1%' AND sql NOT LIKE '%${LATER}%'`,
    )
    .all<{ name: string }>();
  if (results.length === 0) return 0;
  await db.batch([
    ...results.map(({ name }) => db.prepare(`ALTER TABLE "${name}" ADD COLUMN ${LATER} TEXT`)),
    db.prepare(`CREATE TABLE ${LATER} (id TEXT PRIMARY KEY NOT NULL, note TEXT) STRICT`),
    db.prepare(`CREATE INDEX ${LATER}_businesses ON businesses (${LATER})`),
  ]);
  return results.length;
}
