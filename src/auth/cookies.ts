/** A cookie of ours on a site. */
interface Cookie {
  read(request: Request): string | undefined;
  /** The `Set-Cookie` that keeps a value for some seconds; 0 removes it. */
  set(value: string, seconds: number): string;
}

/**
 * A cookie that scripts and other sites' requests can't use. Under https a sibling subdomain can't plant it, by its
 * prefix (RFC 6265bis section 4.1.3.2), which requires https.
 */
export function openCookie(publicUrl: string, ownName: string): Cookie {
  const secure = publicUrl.startsWith("https:");
  const name = `${secure ? "__Host-" : ""}commerce.${ownName}`;
  return {
    read(request) {
      for (const pair of request.headers.get("Cookie")?.split(";") ?? []) {
        const [key, value] = pair.trim().split("=", 2);
        if (key === name) return value;
      }
      return undefined;
    },
    set: (value, seconds) =>
      `${name}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${seconds}${secure ? "; Secure" : ""}`,
  };
}

/** The answer with one more cookie. */
export function withCookie(answer: Response, cookie: string): Response {
  const whole = new Response(answer.body, answer);
  whole.headers.append("Set-Cookie", cookie);
  return whole;
}
