/** What a client says of itself, cut to a line; undefined where it says nothing. It proves nothing. */
export function declaredName(declared: string | null): string | undefined {
  try {
    const { name, version } = JSON.parse(declared ?? "{}") as { name?: unknown; version?: unknown };
    return typeof name === "string"
      ? [name, version]
          .filter((part) => typeof part === "string")
          .join(" ")
          .slice(0, 100)
      : undefined;
  } catch {
    return undefined;
  }
}

/** The domain of a client that is known by its address. */
export function domainOf(clientId: string | null): string | undefined {
  return clientId !== null && URL.canParse(clientId) ? new URL(clientId).hostname : undefined;
}
