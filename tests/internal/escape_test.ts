/** Tests of what makes a peer's text safe for a log: nothing forges a line or moves a cursor, and no secret gets through. */

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { escapeText, logText, MAX_SHOWN_CHARACTERS, redact } from "../../src/internal/escape.ts";

for (
  const [what, text, escaped] of [
    ["ordinary text", "grüße, 😀 \u4f60!", "grüße, 😀 \u4f60!"],
    ["line ends", "a\nb\r\nc\u2028d\u2029e", "a\\u000ab\\u000d\\u000ac\\u2028d\\u2029e"],
    ["escape sequences of terminals", "\x1b[31mred\x1b[2J", "\\u001b[31mred\\u001b[2J"],
    ["a write to the clipboard (OSC 52)", "\x1b]52;c;ZXZpbA==\x07", "\\u001b]52;c;ZXZpbA==\\u0007"],
    ["NUL, DEL and C1", "\0\x7f\x9b", "\\u0000\\u007f\\u009b"],
    ["changes of direction", "a\u202eb\u2066c\u200fd\u061ce", "a\\u202eb\\u2066c\\u200fd\\u061ce"],
    ["tabs", "a\tb", "a\\u0009b"],
    ["what nobody sees", "a\u200b\u00ad\u2060\ufeff\u{e0041}b", "a\\u200b\\u00ad\\u2060\\ufeff\\u{e0041}b"],
    ["halves of characters", "a\ud83db\ude00", "a\\ud83db\\ude00"],
  ] as const
) {
  Deno.test(`escapeText() of ${what}`, () => {
    assertStrictEquals(escapeText(text), escaped);
  });
}

Deno.test("escapeText() leaves no character that ends a line or moves a cursor", () => {
  for (let unit = 0; unit <= 0xffff; unit++) {
    const escaped = escapeText(String.fromCharCode(unit));
    // deno-lint-ignore no-control-regex -- that is what is looked for
    assert(!/[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]/.test(escaped), unit.toString(16));
  }
});

for (const cut of [escapeText, logText]) {
  Deno.test(`${cut.name}() cuts what is long, and tells how long it was`, () => {
    const long = "x".repeat(MAX_SHOWN_CHARACTERS + 1);
    const shown = long.slice(1);

    assertEquals([cut(shown), cut(long), cut("x".repeat(1_048_576))], [
      shown,
      `${shown}… (${long.length} characters)`,
      `${shown}… (1048576 characters)`,
    ]);
  });

  Deno.test(`${cut.name}() does not leave half a character where it cuts`, () => {
    const text = `${"x".repeat(MAX_SHOWN_CHARACTERS - 1)}😀😀`;

    assert(cut(text).isWellFormed(), cut(text));
  });
}

/** Random text of a length, as keys and tokens have it, always the same. */
function chance(length: number, alphabet: string): string {
  let state = 1;
  return Array.from({ length }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return alphabet[state % alphabet.length];
  }).join("");
}

const BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const KEY = chance(43, BASE64URL);
const HEX = chance(32, "0123456789abcdef");
const JWT = `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.${KEY}`;

for (
  const [what, text, clean] of [
    ["a JWT", `token ${JWT} is wrong`, "token [redacted] is wrong"],
    ["a JWT without signature", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.", "[redacted]"],
    ["an encrypted JWT of five parts", "eyJhbGciOiJkaXIifQ..aXY.Y2lwaGVy.dGFn!", "[redacted]!"],
    ["an Authorization header", "Authorization: Bearer s3cret", "Authorization: Bearer [redacted]"],
    ["one with a password", "authorization: Basic dXNlcjpwYXNz", "authorization: Basic [redacted]"],
    ["a bearer token in a path", "/a%20Bearer%20s3cret", "/a%20Bearer%20[redacted]"],
    ["a bearer token alone", "bearer abc.def-ghi_jkl=", "bearer [redacted]"],
    ["a subprotocol with a token", "switchboard.v1, bearer.s3cret", "switchboard.v1, bearer.[redacted]"],
    ["a token in a URL", "/ws?token=s3cret&room=1", "/ws?token=[redacted]&room=1"],
    [
      "tokens by other names",
      "/ws?access_token=a&id_token=b#refresh-token=c",
      "/ws?access_token=[redacted]&id_token=[redacted]#refresh-token=[redacted]",
    ],
    [
      "keys in a URL",
      "/ws?room=1&api_key=a&sig=b&code=c",
      "/ws?room=1&api_key=[redacted]&sig=[redacted]&code=[redacted]",
    ],
    ["a URL in a URL", "/ws?next=%2Fa%3Ftoken%3Ds3cret%26b", "/ws?next=%2Fa%3Ftoken%3D[redacted]"],
    ["a password in a URL", "redis://user:s3cret@host/0", "redis://[redacted]@host/0"],
    ["members of JSON", '{"token": "s3cret", "password":"pass"}', '{"token": "[redacted]", "password":"[redacted]"}'],
    ["the same encoded", "%7B%22token%22%3A%22s3cret%22%7D", "%7B%22token%22%3A%22[redacted]"],
    ["a file with a line", "at f (/etc/passwd:1:1)", "at f (/etc/passwd:1:1)"],
    ["a cookie header", "cookie: sid=1; theme=dark", "cookie: [redacted]"],
    ["a key of base64url", `key ${KEY}.`, "key [redacted]."],
    ["a key of 32 digits in base 16", `/room/${HEX}/x`, "/room/[redacted]/x"],
    ["the same in capitals", HEX.toUpperCase(), "[redacted]"],
    ["what is one digit shorter", HEX.slice(1), HEX.slice(1)],
    ["a ULID", "01J9ZQ3V7K8M2N4P5R6S7T8V9W", "01J9ZQ3V7K8M2N4P5R6S7T8V9W"],
    ["a UUID", "/room/123e4567-e89b-12d3-a456-426614174000", "/room/123e4567-e89b-12d3-a456-426614174000"],
    ["words", "/the-quick-brown-fox-jumps-over-the-lazy-dog", "/the-quick-brown-fox-jumps-over-the-lazy-dog"],
    [
      "a sentence about tokens",
      "Unexpected token '}', the token is missing",
      "Unexpected token '}', the token is missing",
    ],
    ["padding", "x".repeat(100), "x".repeat(100)],
  ] as const
) {
  Deno.test(`redact() of ${what}`, () => assertStrictEquals(redact(text), clean));
}

Deno.test("redact() takes time in proportion to the text, whatever is in it", () => {
  const pieces = ["a", "a-", "token", "authorization:", " ", "=", "eyJ.", "bearer ", "://a:", "?", '"', "cookie", "A1"];
  for (const piece of pieces) {
    const text = piece.repeat(200_000 / piece.length);
    const startedAt = performance.now();
    redact(text);
    const tookMs = performance.now() - startedAt;

    // A pattern that tries again for every character would take minutes.
    assert(tookMs < 2_000, `${piece}: ${tookMs} ms`);
  }
});

Deno.test("logText() shows no part of a token, wherever it stands", () => {
  const words = fc.stringMatching(/^[a-z ]{0,300}$/);
  const many = fc.integer({ min: 0, max: 120 });
  fc.assert(fc.property(words, many, many, words, (before, first, second, after) => {
    const text = `${before} ${`${JWT} `.repeat(first)}${`${HEX}/`.repeat(second)}${KEY} ${after}`;
    const shown = logText(text);

    for (const secret of [JWT, KEY, HEX]) {
      for (let at = 0; at + 12 <= secret.length; at++) {
        assert(!shown.includes(secret.slice(at, at + 12)), `${secret.slice(at, at + 12)} in ${shown}`);
      }
    }
  }));
});

Deno.test("logText() shows no part of a token that stands where it stops reading", () => {
  for (let filling = 4_060; filling <= 4_100; filling++) {
    const tokens = `${HEX} `.repeat(Math.floor(filling / 33));
    const text = `${tokens.padEnd(filling)}${KEY} ${"x".repeat(100)}`;

    assert(!logText(text).includes(KEY.slice(0, 4)), logText(text));
  }
});

Deno.test("logText() leaves no character that ends a line or moves a cursor, and never more than it should", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 6_000 }), (text) => {
    const shown = logText(text);

    // deno-lint-ignore no-control-regex -- that is what is looked for
    assert(!/[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/.test(shown));
    assert(shown.length <= 6 * MAX_SHOWN_CHARACTERS + 30);
  }));
});
