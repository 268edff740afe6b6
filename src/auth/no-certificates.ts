import { readEcdsaSignature } from "./ecdsa-signature.ts";

/**
 * Replaces, in the bundle, the packages by which `@simplewebauthn/server` reads certificates of authenticators (`[alias]` in
 * wrangler.toml): 70 KiB gzipped. A passkey is registered here without an attestation, so no certificate is read.
 */
class NoCertificates {
  constructor() {
    refuse();
  }
}

function refuse(): never {
  throw new Error("certificates of authenticators are not read by this server");
}

/** The one structure that is read: the signature of a passkey by P-256. */
export class ECDSASigValue {}

/** The library's parser, for that structure alone. */
export const AsnParser = {
  parse: (bytes: Uint8Array, shape: unknown) => (shape === ECDSASigValue ? readEcdsaSignature(bytes) : refuse()),
};

// The names under which the library imports them.
export {
  NoCertificates as AuthorityKeyIdentifierExtension,
  NoCertificates as BasicConstraints,
  NoCertificates as Certificate,
  NoCertificates as CRLDistributionPointsExtension,
  NoCertificates as ECParameters,
  NoCertificates as ExtendedKeyUsage,
  NoCertificates as KeyDescription,
  NoCertificates as OctetString,
  NoCertificates as RSAPublicKey,
  NoCertificates as SubjectAlternativeName,
  NoCertificates as SubjectKeyIdentifierExtension,
  NoCertificates as X509Certificate,
  NoCertificates as X509ChainBuilder,
  NoCertificates as X509Crl,
};

const NO_ID = "";

export {
  NO_ID as id_ce_basicConstraints,
  NO_ID as id_ce_extKeyUsage,
  NO_ID as id_ce_keyDescription,
  NO_ID as id_ce_subjectAltName,
  NO_ID as id_ecdsaWithSHA256,
  NO_ID as id_ecdsaWithSHA384,
  NO_ID as id_ecdsaWithSHA512,
  NO_ID as id_ecPublicKey,
  NO_ID as id_ml_dsa_44,
  NO_ID as id_ml_dsa_65,
  NO_ID as id_ml_dsa_87,
  NO_ID as id_rsaEncryption,
  NO_ID as id_secp256r1,
  NO_ID as id_secp384r1,
  NO_ID as id_sha1WithRSAEncryption,
  NO_ID as id_sha256WithRSAEncryption,
  NO_ID as id_sha384WithRSAEncryption,
  NO_ID as id_sha512WithRSAEncryption,
};
