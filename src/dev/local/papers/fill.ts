/**
 * Replaces the text between `<!-- generated: name -->` and `<!-- end -->` by the table of that name. Throws for a marker
 * without a table and for a table without a marker.
 */
export function fill(text: string, tables: Readonly<Record<string, string>>): string {
  const placed = new Set<string>();
  const filled = text.replace(
    /(<!-- generated: (\w+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_, open: string, name: string, close: string) => {
      const table = tables[name];
      if (table === undefined) throw new Error(`there is no table ${name}`);
      placed.add(name);
      return `${open}${table}\n${close}`;
    },
  );
  const missing = Object.keys(tables).filter((name) => !placed.has(name));
  if (missing.length > 0) throw new Error(`no place for: ${missing.join(", ")}`);
  return filled;
}
