/**
 * Stands in for `jose` and for the cipher of better-auth: sessions are rows, mailed links are ours, and no account of
 * another provider is kept, so it signs and encrypts nothing here (see `[alias]` in wrangler.toml).
 */
function none(): never {
  throw new Error("tokens of the sign-in library are not part of this server");
}

export {
  none as calculateJwkThumbprint,
  none as createLocalJWKSet,
  none as decodeProtectedHeader,
  none as EncryptJWT,
  none as importJWK,
  none as importPKCS8,
  none as jwtDecrypt,
  none as jwtVerify,
  none as SignJWT,
  none as UnsecuredJWT,
  none as xchacha20poly1305,
};
export const base64url = { encode: none, decode: none };
export class JWTExpired extends Error {}
export const errors = { JWTExpired };
