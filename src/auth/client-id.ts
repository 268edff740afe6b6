/**
 * Whether a text can be a `client_id`: visible ASCII (RFC 6749 appendix A.1, without the space) within a key of the token
 * store. The library logs an address that it can't fetch, so a line break in one would forge log lines.
 */
export function isClientId(text: string): boolean {
  return /^[\x21-\x7e]{1,500}$/.test(text);
}
