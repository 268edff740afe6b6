/** The entries that have a value: what a business does not say is left out of a document, and is never null. */
export function given<Entries extends object>(entries: Entries): Entries {
  // Every key without a value is optional for a reader of JSON, which has no undefined.
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined)) as Entries;
}
