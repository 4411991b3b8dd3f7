/**
 * Keys that sign and verify tokens in tests. They stand here for everybody to see, and protect nothing.
 *
 * They are fixed so that a server in a process of its own has the public halves of what a test signs with.
 *
 * @module
 */

/** A secret for HS256. */
export const SECRET = "the secret of the tests, as long as it must be";

/** A private RSA key of 2048 bits. */
export const RSA_PRIVATE: JsonWebKey = {
  kty: "RSA",
  n: "qbq2lTrSxsaJfHesUoiPye5epRGnYaK6AwgWWKcg8VM7oELvgPBQ3XhNQMcDM8DTIB-16KSf1WVwXvpZLhmLJRTIECg5knxoBG8Yde-Np713DOrWinFGYPr6vVSj0RcQLO64hUWK1hXT_dBlj11C8wbzGFTqq7ESpKnHWFsxmCtz3W20MLyD3oafgPcHM6HRFjUZwCSOF573u5zCVgrcXYneQ0CwEE-zjIl5ud3o6-pZL5DfGVmiaR51-OYA45T8-jERGa8g9pTbt3-9NLyUBl3xgjxw3K_UMSh5aDkzNb9CwULo2_SEPP1Ed8S-8B3XRRecLFNJxVI7jsYo0pbUXw",
  e: "AQAB",
  d: "Jd-kHmih3_ktdLi_mysd6tFmDS-DSiYlm8eSNPYWQ8Nu6rQE_aCiaskNdAb0j_fXJLPuw5r4j4WzLX5vp_nLMtsQSYqwTh-0lki0DJ0H3wZIKnm8pefg7IMUsGrSozWiRmR-iD6cXGlChMCb6QHGjrReSm-obed1YYkBEpZG2s16XyRfnHrP5-0j3Kfo6cyfiZgfgbzLUI7P5RN5FPkwmCo3AdbrgTS614RiGhtakYffgVuURAY-pttZa2UJbPmng5GW99kHkb0dZo7IbxR2tJjwhhPmQNyPYglZLRadRymvPaZpFevzR3AXjEDnZpchgUfOI0JnwDMgsVixJZlOAQ",
  p: "1YrdeTZ1cVrlNQdFakEdGPIZdXHbuKTQnkrcrNClWaJIoQQmwZ2OPgDEa3W9kc7Z52kEmoha2Gp9AxqsISSS6TfA_B9C763dfuIMpxwKLWpzOePAZbu-Fh7VBP8JdWxfmoCNyTbZm4Pf0R9_ll_JkVMTUIVqQfvxyT6OfJpmrik",
  q: "y3nMMOEq2MSpnLg6MsOlmy7ltKiJleo55SLTuPHAKVwdrsBCB8tCXl1J7c1p6-UBBYANSizR7Z3TTKh57f7QbFDXz1nuuTfUOgnkihcSFufTqRJdBJpz-phVx3v0vdNVvfigR3tIrq-IdjWr4viMJiXzOGmPxRSHpKaZqONrL0c",
  dp:
    "LbVHqsZpZRYbsboYtaGyZMCNioIQkflVXkyP573RZtpByZVl5lOfOs5XPNk69pbcNZhZD-rX5zMEB0ISThXSDHGOsWjPnxYMLziblLl_xDDg8Sc664vAKGP5HNSqZaQI4r1ZnBRNh-g2ZEDlwn5GWwD5RWcJU45mNrlZLnquN-E",
  dq:
    "QScx6-DdsGVgji8ra3_cMlGU-gERdTB381fwhYLbbiLx2jfzrL039jFW789bgE5mwlUbbEnnundT5nL3_-4c3OISCHIaj7JBwYfTZyg2AaGf075ujH_MbUyEAwk899-Iz_ihkeH3BwBr6LYM4POHJNv4AnNCtu94847pGvwfIRc",
  qi:
    "nGa1SwKjo52hEcsh8QB1iEf0W1fH87SDZYRQGll4EQKw4f1m2xH-DMe4mSwSbNg4LVSVQ7sKesXd47T5e33vTT0Qevcg9I5AvWQV8g7fqsfWUTPmJlcv_SAjJdE3g_5JFuXsIy9NDnrhBCiNlD0a-IzZYAhD3T9x2MX_ZNXX8II",
};

/** The same key's public half, as PEM text. */
export const RSA_PUBLIC_PEM = `-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAqbq2lTrSxsaJfHesUoiP
ye5epRGnYaK6AwgWWKcg8VM7oELvgPBQ3XhNQMcDM8DTIB+16KSf1WVwXvpZLhmL
JRTIECg5knxoBG8Yde+Np713DOrWinFGYPr6vVSj0RcQLO64hUWK1hXT/dBlj11C
8wbzGFTqq7ESpKnHWFsxmCtz3W20MLyD3oafgPcHM6HRFjUZwCSOF573u5zCVgrc
XYneQ0CwEE+zjIl5ud3o6+pZL5DfGVmiaR51+OYA45T8+jERGa8g9pTbt3+9NLyU
Bl3xgjxw3K/UMSh5aDkzNb9CwULo2/SEPP1Ed8S+8B3XRRecLFNJxVI7jsYo0pbU
XwIDAQAB
-----END PUBLIC KEY-----
`;

/** A private key on the curve P-256. */
export const EC_PRIVATE: JsonWebKey = {
  kty: "EC",
  crv: "P-256",
  d: "Cq_XOMWnl2Qgkpnuhw5IuE-mkUaWCwArKPoA1FJdArk",
  x: "zwA7W33WUCcvctUq3JNg60ngtaIH6PAJp33P78FRiCI",
  y: "P5_q2bHOH2pCoM2-fZBJEGU5BkEmg8pL3s1Yq1yEaho",
};

/** A private Ed25519 key. */
export const ED_PRIVATE: JsonWebKey = {
  kty: "OKP",
  crv: "Ed25519",
  d: "D9D2w901_pcu4hsHTteTrbPYWmOexdEfbb88H1gSLgM",
  x: "ZcfCuD3A1zHnPPKiQy1LpJrlOnO9-J3jG4amt4jm0pI",
};

/** The public half of a private key. */
export function publicHalf({ kty, crv, n, e, x, y }: JsonWebKey): JsonWebKey {
  const members = Object.entries({ kty, crv, n, e, x, y }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(members);
}
