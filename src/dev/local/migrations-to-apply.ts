/** A migration; `digest` is the SHA-256 of its text, null when only the name was recorded. */
export interface Migration {
  readonly name: string;
  readonly digest: string | null;
}

/**
 * A database compared with its migration files, both in order. `prefix`: it has the first files, unchanged, and `missing`
 * are the rest. `other`: `differing` is the first applied migration whose file was changed or removed.
 */
type Comparison =
  | { readonly kind: "prefix"; readonly missing: readonly string[] }
  | { readonly kind: "other"; readonly differing: string };

/** Compares the applied migrations of a database with the files. */
export function migrationsToApply(applied: readonly Migration[], files: readonly Migration[]): Comparison {
  const differing = applied.find(({ name, digest }, index) => {
    const file = files[index];
    return file === undefined || file.name !== name || file.digest !== digest;
  });
  if (differing) return { kind: "other", differing: differing.name };
  return { kind: "prefix", missing: files.slice(applied.length).map(({ name }) => name) };
}
