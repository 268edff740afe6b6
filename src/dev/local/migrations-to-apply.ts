/** A migration by its name and the SHA-256 of its text; null where only the name was recorded. */
export interface Migration {
  readonly name: string;
  readonly digest: string | null;
}

/**
 * How a database stands to its migration files, both in order of application: either the first files were applied as
 * they are and `missing` are the rest, or `differing` is the first applied migration that is no longer there as it was.
 */
export type Standing =
  | { readonly kind: "prefix"; readonly missing: readonly string[] }
  | { readonly kind: "other"; readonly differing: string };

/** Compares what a database was made from with the files that are there now. */
export function migrationsToApply(applied: readonly Migration[], files: readonly Migration[]): Standing {
  const differing = applied.find(({ name, digest }, index) => {
    const file = files[index];
    return file === undefined || file.name !== name || file.digest !== digest;
  });
  if (differing) return { kind: "other", differing: differing.name };
  return { kind: "prefix", missing: files.slice(applied.length).map(({ name }) => name) };
}
