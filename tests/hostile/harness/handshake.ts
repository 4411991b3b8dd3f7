/**
 * Pure: writes upgrade requests, correct and deliberately wrong ones, and reads the head of an answer.
 *
 * @module
 */

/** A value for a header: one line, several lines of the same name, or none at all. */
export type HeaderLines = string | readonly string[] | null;

/** An upgrade request. What is left out is what a browser would send. */
export interface HandshakeOptions {
  method?: string;
  /** The request target, written as it is. */
  target?: string;
  /** For example `HTTP/1.0`. */
  httpVersion?: string;
  /** Replaces headers of the same name (any case) or adds them. */
  headers?: Readonly<Record<string, HeaderLines>>;
  /** Header lines to add below the others, in this order. */
  extra?: readonly (readonly [name: string, value: string])[];
  /** What follows the empty line. */
  body?: string;
}

/** An answer's status line and headers. */
export interface ResponseHead {
  readonly status: number;
  /** Names in lower case; lines of the same name are joined with a comma and a space. */
  readonly headers: ReadonlyMap<string, string>;
  /** The body, where one was read. */
  readonly body?: string;
}

/** The key of the example in RFC 6455, section 1.3. */
export const SAMPLE_KEY = "dGhlIHNhbXBsZSBub25jZQ==";
/** What a server must answer to it. */
export const SAMPLE_ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/**
 * Writes a request. Every character becomes one byte (Latin-1), so that a test decides about each byte;
 * {@linkcode asUtf8} prepares text that is to be sent as UTF-8.
 */
export function encodeHandshake(host: string, options: HandshakeOptions = {}): Uint8Array<ArrayBuffer> {
  const { method = "GET", target = "/ws", httpVersion = "HTTP/1.1", extra = [], body = "" } = options;
  const headers = new Map<string, readonly [name: string, value: HeaderLines]>();
  const defaults: Record<string, HeaderLines> = {
    "Host": host,
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": SAMPLE_KEY,
  };
  for (const [name, value] of [...Object.entries(defaults), ...Object.entries(options.headers ?? {})]) {
    headers.set(name.toLowerCase(), [name, value]);
  }
  const lines = [`${method} ${target} ${httpVersion}`];
  for (const [name, value] of headers.values()) {
    const values = value === null ? [] : typeof value === "string" ? [value] : value;
    lines.push(...values.map((one) => `${name}: ${one}`));
  }
  lines.push(...extra.map(([name, value]) => `${name}: ${value}`), "", body);
  return latin1(lines.join("\r\n"));
}

/** Text whose characters are the bytes of `text` in UTF-8, to be written by {@linkcode encodeHandshake}. */
export function asUtf8(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join("");
}

/** Reads the head of an answer from the front of `bytes`; `undefined` while it is not complete. */
export function decodeResponseHead(
  bytes: Uint8Array,
): { readonly head: ResponseHead; readonly size: number } | undefined {
  const end = indexOfEmptyLine(bytes);
  if (end < 0) return undefined;
  const [statusLine = "", ...lines] = new TextDecoder("latin1").decode(bytes.subarray(0, end)).split("\r\n");
  const status = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(statusLine)?.[1];
  if (status === undefined) throw new TypeError(`Cannot read an answer that begins with ${JSON.stringify(statusLine)}`);
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    const earlier = headers.get(name);
    headers.set(name, earlier === undefined ? value : `${earlier}, ${value}`);
  }
  return { head: { status: Number(status), headers }, size: end + 4 };
}

/** How many bytes of body follow the head, where the head says so. */
export function bodyLengthOf(head: ResponseHead): number {
  return Number(head.headers.get("content-length") ?? 0);
}

function latin1(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code > 0xff) throw new RangeError(`Cannot write ${JSON.stringify(text[index])} as one byte: use asUtf8()`);
    bytes[index] = code;
  }
  return bytes;
}

function indexOfEmptyLine(bytes: Uint8Array): number {
  for (let at = bytes.indexOf(13); at >= 0; at = bytes.indexOf(13, at + 1)) {
    if (bytes[at + 1] === 10 && bytes[at + 2] === 13 && bytes[at + 3] === 10) return at;
  }
  return -1;
}
