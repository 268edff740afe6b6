/**
 * Headers of every answer to a person's browser: it is not cached, framed or sniffed, and other sites get no referrer.
 * `same-origin` keeps all referrers from leaving, as `no-referrer` does, and still lets our own forms prove their origin.
 */
export function securityHeaders(publicUrl: string): Record<string, string> {
  return {
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    ...(publicUrl.startsWith("https:") ? { "Strict-Transport-Security": "max-age=31536000" } : {}),
  };
}

/** What a page may load, and where its forms may lead. */
interface PagePolicy {
  /** `sha256-…` of the page's style sheet. No other style runs, also when injected text holds one. */
  readonly styleHash: string;
  /** `sha256-…` of the one script that runs; undefined on a page without. */
  readonly scriptHash: string | undefined;
  /**
   * True where a form's answer may redirect to another site: Chromium holds redirects to `form-action` too, so
   * `'self'` would stop a consent on its way back to the client. The form's own target is ours either way.
   */
  readonly formsMayLeave: boolean;
}

/** Headers of an HTML page: the ones above and a Content-Security-Policy that allows a style sheet, forms, and at most one script. */
export function pageHeaders(
  publicUrl: string,
  { styleHash, scriptHash, formsMayLeave }: PagePolicy,
): Record<string, string> {
  const policy = [
    "default-src 'none'",
    `style-src '${styleHash}'`,
    ...(scriptHash ? [`script-src '${scriptHash}'`] : []),
    ...(formsMayLeave ? [] : ["form-action 'self'"]),
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ];
  return {
    ...securityHeaders(publicUrl),
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": policy.join("; "),
  };
}
