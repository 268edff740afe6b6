/** SHA-256 as hex, of a text in UTF-8 or of bytes as they are. */
export async function sha256(content: string | Uint8Array): Promise<string> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return hex(await crypto.subtle.digest("SHA-256", bytes));
}

/** 192 random bits as hex. Hex has no underscore, so a token never takes the shape of a provider's identifier. */
export function randomToken(): string {
  return hex(crypto.getRandomValues(new Uint8Array(24)).buffer);
}

/** Bytes as lower-case hex, two digits each. */
export function hex(bytes: ArrayBuffer): string {
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
