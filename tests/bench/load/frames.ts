/**
 * The bytes that the load generator sends: an upgrade request as a browser writes it, and masked
 * frames, all made before anything is measured.
 *
 * This file is pure.
 *
 * @module
 */

/** The sample key of RFC 6455, section 1.3; every connection uses it. */
const KEY = "dGhlIHNhbXBsZSBub25jZQ==";

/** What a server must answer to {@linkcode KEY}. */
export const ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/** Size of the upgrade request, headers and all: what Chromium sends with a few cookies. */
export const REQUEST_BYTES = 1024;

/** Opcodes of RFC 6455, section 5.2. */
export const TEXT = 1;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;

const MASK = [0x37, 0xfa, 0x21, 0x3d] as const;

/** An upgrade request of {@linkcode REQUEST_BYTES} bytes with a browser's set of headers. */
export function upgradeRequest(host: string, path: string, protocol?: string): Uint8Array<ArrayBuffer> {
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: ${host}`,
    "Connection: Upgrade",
    "Pragma: no-cache",
    "Cache-Control: no-cache",
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) " +
    "Chrome/140.0.0.0 Safari/537.36",
    "Upgrade: websocket",
    `Origin: http://${host}`,
    "Sec-WebSocket-Version: 13",
    "Accept-Encoding: gzip, deflate, br, zstd",
    "Accept-Language: en-GB,en-US;q=0.9,en;q=0.8",
    `Sec-WebSocket-Key: ${KEY}`,
    "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
    ...(protocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${protocol}`]),
    "Cookie: theme=dark; session=",
  ];
  const text = lines.join("\r\n");
  const padding = "0".repeat(REQUEST_BYTES - text.length - "\r\n\r\n".length);
  return new TextEncoder().encode(`${text}${padding}\r\n\r\n`);
}

/** A masked frame of a client with a payload of at most 65,535 bytes. */
export function maskedFrame(opcode: number, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const long = payload.length > 125;
  const head = long
    ? [0x80 | opcode, 0x80 | 126, payload.length >> 8, payload.length & 0xff]
    : [0x80 | opcode, 0x80 | payload.length];
  const frame = new Uint8Array(head.length + MASK.length + payload.length);
  frame.set(head);
  frame.set(MASK, head.length);
  const start = head.length + MASK.length;
  for (let i = 0; i < payload.length; i++) {
    frame[start + i] = payload[i]! ^ MASK[(i & 3) as 0 | 1 | 2 | 3];
  }
  return frame;
}

/** A masked text frame. */
export function textFrame(text: string): Uint8Array<ArrayBuffer> {
  return maskedFrame(TEXT, new TextEncoder().encode(text));
}

/** The same frame several times in a row, to be sent with one system call. */
export function repeated(frame: Uint8Array, times: number): Uint8Array<ArrayBuffer> {
  const burst = new Uint8Array(frame.length * times);
  for (let i = 0; i < times; i++) burst.set(frame, i * frame.length);
  return burst;
}
