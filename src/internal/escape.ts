/**
 * Makes text that a peer controls safe to write into one line of a log, and hides what looks like a secret. Pure.
 *
 * @module
 */

/** The most of a peer's text that is written. */
export const MAX_SHOWN_CHARACTERS = 200;

/** The most that is looked through for secrets, far more than can be shown. */
const MAX_READ_CHARACTERS = 4_096;

/** What stands in the place of a secret. */
const REDACTED = "[redacted]";

/**
 * Escapes control characters, line ends, halves of characters and the characters that nobody sees, of which some change the
 * direction of text, and cuts what is longer than {@linkcode MAX_SHOWN_CHARACTERS}, telling the length.
 */
export function escapeText(text: string): string {
  return show(text, text.length);
}

/** {@linkcode redact} and {@linkcode escapeText} in one, for logs: what it costs does not grow with the text. */
export function logText(text: string): string {
  if (text.length <= MAX_READ_CHARACTERS) return show(redact(text), text.length);
  let clean = redact(text.slice(0, MAX_READ_CHARACTERS));
  // What stands at the cut may be the beginning of a secret, too short to be known for one.
  if (clean.length <= MAX_SHOWN_CHARACTERS) clean = `${clean.replace(/[\w.~+/=%-]+$/, "")} `;
  return show(clean, text.length, true);
}

/**
 * Replaces everything that looks like a secret: signed tokens (JWTs), credentials after `Bearer`, in the subprotocol
 * `bearer.…`, in headers, URLs, members and parameters that are named like one, and runs of 32 or more letters and digits
 * mixed as chance does. It rather takes too much than too little, but leaves UUIDs, which name things.
 */
export function redact(text: string): string {
  let clean = text;
  for (const [pattern, replacement] of SECRETS) clean = clean.replace(pattern, replacement);
  return clean.replace(/[\w+-]{32,}={0,2}/g, (run) => isRandom(run) ? REDACTED : run);
}

const NAME = "[\\w-]{0,24}(?:token|secret|passwo?r?d|pwd|api[_-]?key|jwt|signature|credentials?|session[_-]?id|sid)";
const VALUE = "[^\\s&;,\"'#\\\\}\\]]+";

/** What a secret looks like, and what is left of it. Whatever may repeat in front of the first fixed letters has a bound. */
const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/\b((?:set-)?cookie["']?[ \t]{0,4}:[ \t]{0,4})[^\r\n]+/gi, `$1${REDACTED}`],
  [/\b(authorization["']?[ \t]{0,4}[:=][ \t]{0,4}["']?(?:[A-Za-z]{1,16}[ \t]{1,4})?)[^\s"',;]+/gi, `$1${REDACTED}`],
  [/((?:\b|%[\da-f]{2})bearer(?:[ \t]{1,4}|%20|\+|\.))[\w.~+/=%-]+/gi, `$1${REDACTED}`],
  [new RegExp(`\\b(${NAME}[ \\t]{0,4}(?:=|%3D)[ \\t]{0,4}["']?)${VALUE}`, "gi"), `$1${REDACTED}`],
  // Not a file with a line number, such as /etc/passwd:1.
  [
    new RegExp(`(?<![\\w/-])(${NAME}(?:["']?[ \\t]{0,4}:[ \\t]{0,4}|%22%3A)(?:["']|%22)?)${VALUE}`, "gi"),
    `$1${REDACTED}`,
  ],
  [/([?&](?:auth|key|sig|code|ticket|otp)=)[^\s&;#"']+/gi, `$1${REDACTED}`],
  [/(:\/\/)[^\s/@:]{1,256}:[^\s/@]{1,256}@/g, `$1${REDACTED}@`],
  [/\beyJ[\w-]+(?:\.[\w-]*){1,4}/g, REDACTED],
];

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A run of one kind of letters is a word, a path or padding; keys have at least two of small, capital and digit. */
function isRandom(run: string): boolean {
  const kinds = [/[a-z]/, /[A-Z]/, /\d/].filter((kind) => kind.test(run)).length;
  return kinds >= 2 && !UUID.test(run);
}

/** Control characters, those that nobody sees or that change the direction of text, line ends, halves of characters. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

function show(text: string, length: number, isCut = text.length > MAX_SHOWN_CHARACTERS): string {
  let escaped = "";
  for (const character of text.slice(0, MAX_SHOWN_CHARACTERS)) {
    escaped += UNSAFE.test(character) ? codePointOf(character) : character;
  }
  return isCut ? `${escaped}… (${length} characters)` : escaped;
}

function codePointOf(character: string): string {
  const hex = character.codePointAt(0)!.toString(16).padStart(4, "0");
  return hex.length === 4 ? `\\u${hex}` : `\\u{${hex}}`;
}
