/** What a server of development looks at before it answers. */
interface Call {
  readonly method: string;
  /** The `Host` that was asked for. */
  readonly host: string | null | undefined;
  readonly origin: string | null | undefined;
  /** `Sec-Fetch-Site`, which scripts of a page can't set. */
  readonly site: string | null | undefined;
}

/** This machine, and the name of Stripe, which no other site can point here: a server with a live key calls it. */
const NAMES = new Set(["localhost", "127.0.0.1", "[::1]", "api.stripe.com"]);

/**
 * Why a server of development refuses a call; undefined for its own pages, and for programs, which send neither header.
 * Another site can point its name at this machine and be read as one of ours (DNS rebinding), and can post to it from a
 * visitor's browser.
 */
export function foreignCall({ method, host, origin, site }: Call, publicUrl: string): string | undefined {
  const asked = host && URL.canParse(`http://${host}`) ? new URL(`http://${host}`) : undefined;
  if (!asked || !(NAMES.has(asked.hostname) || asked.hostname === new URL(publicUrl).hostname)) {
    return "This server of development answers under its own address alone.";
  }
  if (method === "GET" || method === "HEAD") return undefined;
  const isOwn = site ? site === "same-origin" || site === "none" : !origin || hostOf(origin) === asked.host;
  return isOwn ? undefined : "This server of development takes forms from its own pages alone.";
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
