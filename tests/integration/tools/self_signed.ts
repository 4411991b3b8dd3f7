/**
 * Makes a certificate for loopback, so that no private key lies about in the repository.
 */

/** A certificate and its key in PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

const ECDSA_WITH_SHA256 = sequence(bytes(0x06, Uint8Array.of(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02)));
const COMMON_NAME = bytes(0x06, Uint8Array.of(0x55, 0x04, 0x03));
const SUBJECT_ALT_NAME = bytes(0x06, Uint8Array.of(0x55, 0x1d, 0x11));

/** Makes a certificate for `localhost` and 127.0.0.1 that signs itself (RFC 5280). */
export async function selfSigned(): Promise<Certificate> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const { publicKey, privateKey } = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const name = sequence(bytes(0x31, sequence(COMMON_NAME, text(0x0c, "localhost"))));
  const altNames = sequence(text(0x82, "localhost"), bytes(0x87, Uint8Array.of(127, 0, 0, 1)));
  const toBeSigned = sequence(
    bytes(0xa0, bytes(0x02, Uint8Array.of(2))), // version 3
    bytes(0x02, Uint8Array.of(1)), // serial number
    ECDSA_WITH_SHA256,
    name, // issuer
    sequence(text(0x17, "200101000000Z"), text(0x17, "491231235959Z")),
    name, // subject
    new Uint8Array(await crypto.subtle.exportKey("spki", publicKey)),
    bytes(0xa3, sequence(sequence(SUBJECT_ALT_NAME, bytes(0x04, altNames)))),
  );
  const signature = new Uint8Array(await crypto.subtle.sign(algorithm, privateKey, toBeSigned));
  const pair = sequence(integer(signature.subarray(0, 32)), integer(signature.subarray(32)));
  const certificate = sequence(toBeSigned, ECDSA_WITH_SHA256, bytes(0x03, Uint8Array.of(0, ...pair)));
  const key = new Uint8Array(await crypto.subtle.exportKey("pkcs8", privateKey));
  return { cert: pem("CERTIFICATE", certificate), key: pem("PRIVATE KEY", key) };
}

function sequence(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return bytes(0x30, Uint8Array.from(parts.flatMap((part) => [...part])));
}

/** One value with its tag and its length (DER). */
function bytes(tag: number, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const { length } = content;
  const header = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Uint8Array.of(tag, ...header, ...content);
}

function text(tag: number, content: string): Uint8Array<ArrayBuffer> {
  return bytes(tag, new TextEncoder().encode(content));
}

/** A positive number: without leading zeros, but with one where the first bit is set. */
function integer(content: Uint8Array): Uint8Array<ArrayBuffer> {
  let at = 0;
  while (at < content.length - 1 && content[at] === 0) at++;
  const rest = content.subarray(at);
  return bytes(0x02, rest[0]! >= 0x80 ? Uint8Array.of(0, ...rest) : rest);
}

function pem(label: string, content: Uint8Array): string {
  const lines = btoa(String.fromCharCode(...content)).match(/.{1,64}/g)!.join("\n");
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}
