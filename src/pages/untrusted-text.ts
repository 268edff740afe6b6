/** Untrusted text with every character visible: those that hide text or reverse its direction become `U+FFFD`. */
export const visibleText = (text: string) =>
  text.replace(/(?![\n\t])[\p{C}\p{Default_Ignorable_Code_Point}\u2028\u2029]/gu, "\ufffd");

/** The name and version that a client declares, as one short line. Unverified. */
export function declaredName(declared: string | null): string | undefined {
  try {
    const { name, version } = JSON.parse(declared ?? "{}") as { name?: unknown; version?: unknown };
    if (typeof name !== "string") return undefined;
    const words = typeof version === "string" ? `${name} ${version}` : name;
    return [...visibleText(words.replaceAll(/\s+/g, " "))].slice(0, 100).join("");
  } catch {
    return undefined;
  }
}

/** The domain of a client whose id is a URL (a client ID metadata document). */
export function domainOf(clientId: string | null): string | undefined {
  return clientId !== null && URL.canParse(clientId) ? new URL(clientId).hostname : undefined;
}
