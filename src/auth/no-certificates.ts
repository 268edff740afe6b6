/**
 * Replaces, in the bundle, the packages by which `@simplewebauthn/server` checks certificates of authenticators (`[alias]`
 * in wrangler.toml). A passkey is registered here without an attestation, so no certificate is read.
 */
class NoCertificates {
  constructor() {
    throw new Error("certificates of authenticators are not read by this server");
  }
}

// The names under which the library imports them.
export {
  NoCertificates as AuthorityKeyIdentifierExtension,
  NoCertificates as CRLDistributionPointsExtension,
  NoCertificates as KeyDescription,
  NoCertificates as SubjectKeyIdentifierExtension,
  NoCertificates as X509Certificate,
  NoCertificates as X509ChainBuilder,
  NoCertificates as X509Crl,
};
export const id_ce_keyDescription = "";
