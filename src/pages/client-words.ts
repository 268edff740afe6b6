/** Text of a stranger's with all of it in sight: what would hide or turn characters around is shown as such. */
export const withoutTricks = (text: string) =>
  text.replace(/(?![\n\t])[\p{C}\p{Default_Ignorable_Code_Point}\u2028\u2029]/gu, "\ufffd");

/** What a client says of itself, cut to a line; undefined where it says nothing. It proves nothing. */
export function declaredName(declared: string | null): string | undefined {
  try {
    const { name, version } = JSON.parse(declared ?? "{}") as { name?: unknown; version?: unknown };
    if (typeof name !== "string") return undefined;
    const words = typeof version === "string" ? `${name} ${version}` : name;
    return [...withoutTricks(words.replaceAll(/\s+/g, " "))].slice(0, 100).join("");
  } catch {
    return undefined;
  }
}

/** The domain of a client that is known by its address. */
export function domainOf(clientId: string | null): string | undefined {
  return clientId !== null && URL.canParse(clientId) ? new URL(clientId).hostname : undefined;
}
