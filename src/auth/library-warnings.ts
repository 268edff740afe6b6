const OF_DOCUMENTS = "CIMD fetch failed for ";
const filters = new WeakSet<typeof console.warn>();

/**
 * Keeps one warning of the OAuth library out of the log: it quotes the address of a client metadata document and words of
 * the document, both a stranger's, and line breaks in them would forge lines. Our own log has a line for the failure.
 */
export function dropWarningsOfDocuments(): void {
  const beneath = console.warn;
  if (filters.has(beneath)) return;
  const filter: typeof console.warn = (...parts) => {
    if (!String(parts[0]).startsWith(OF_DOCUMENTS)) beneath.apply(console, parts);
  };
  filters.add(filter);
  console.warn = filter;
}
