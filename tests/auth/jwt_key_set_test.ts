/**
 * Shows `jwt()` with a key set that an issuer publishes: when it is fetched, when not, and what happens without it.
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { jwt, type JwtPublicKeyAlgorithm, type JwtRefusal, type KeySetFetch } from "../../src/auth/mod.ts";
import { forge } from "./forge.ts";
import { requestWith } from "./requests.ts";

const URL_OF_KEYS = "https://issuer.example/jwks.json";

/** A key of an issuer: what it publishes, and what it signs with it. */
interface IssuerKey {
  readonly published: Readonly<Record<string, unknown>>;
  sign(header?: { readonly kid?: string }): Promise<string>;
}

async function makeKey(
  kid: string,
  algorithm: JwtPublicKeyAlgorithm = "ES256",
  more: Readonly<Record<string, unknown>> = {},
): Promise<IssuerKey> {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
  return {
    published: { ...await exportJWK(publicKey), kid, ...more },
    sign: (header = { kid }) =>
      new SignJWT({ sub: "ada" }).setProtectedHeader({ alg: algorithm, ...header }).setExpirationTime("1m")
        .sign(privateKey),
  };
}

/** An issuer that publishes what it is told to, and counts who asks. */
class Issuer {
  /** What it answers next. */
  answer: () => Response | Promise<Response>;
  /** What it was asked. */
  readonly asked: { readonly url: string; readonly init: RequestInit }[] = [];

  constructor(...keys: readonly IssuerKey[]) {
    this.answer = () => Response.json({ keys: keys.map(({ published }) => published) });
  }

  /** From now on it publishes these. */
  publish(...keys: readonly IssuerKey[]): void {
    this.answer = () => Response.json({ keys: keys.map(({ published }) => published) });
  }

  readonly fetch: KeySetFetch = async (url, init) => {
    this.asked.push({ url, init });
    return await this.answer();
  };
}

/** Signs in at a server that trusts the issuer: the user, or why not. */
function signInWith(issuer: Issuer, options: Partial<Parameters<typeof jwt>[0]> = {}) {
  const refusals: JwtRefusal[] = [];
  const authenticate = jwt({
    jwksUrl: URL_OF_KEYS,
    algorithms: ["ES256"],
    fetch: issuer.fetch,
    onRefused: (refusal) => refusals.push(refusal),
    ...options,
  });
  return async (token: string) => (await authenticate(requestWith(token)))?.userId ?? refusals.pop()?.reason;
}

for (const algorithm of ["RS256", "PS256", "ES256", "EdDSA"] as const) {
  Deno.test(`jwt() accepts ${algorithm} with a key of the set`, async () => {
    const key = await makeKey("one", algorithm);
    const signIn = signInWith(new Issuer(key), { algorithms: [algorithm] });

    assertEquals(await signIn(await key.sign()), "ada");
  });
}

Deno.test("jwt() fetches the key set when the first peer signs in, and once for all that come together", async () => {
  const key = await makeKey("one");
  const issuer = new Issuer(key);
  const signIn = signInWith(issuer);
  const token = await key.sign();
  assertEquals(issuer.asked.length, 0);

  const users = await Promise.all([signIn(token), signIn(token), signIn(token)]);

  assertEquals([...users, await signIn(token)], ["ada", "ada", "ada", "ada"]);
  assertEquals(issuer.asked.map(({ url, init }) => [url, init.method, init.redirect]), [[
    URL_OF_KEYS,
    "GET",
    "manual",
  ]]);
});

Deno.test("jwt() finds a new key of the issuer, and forgets one that was taken back", async () => {
  const [old, next] = [await makeKey("old"), await makeKey("next")];
  const issuer = new Issuer(old);
  const signIn = signInWith(issuer, { fetchCooldownMs: 0 });
  assertEquals(await signIn(await old.sign()), "ada");

  issuer.publish(old, next);
  assertEquals([await signIn(await next.sign()), await signIn(await old.sign())], ["ada", "ada"]);
  assertEquals(issuer.asked.length, 2);

  issuer.publish(next);
  assertEquals(await signIn(await (await makeKey("other")).sign()), "unknown_key");
  assertEquals([await signIn(await next.sign()), await signIn(await old.sign())], ["ada", "unknown_key"]);
});

Deno.test("jwt() does not fetch the key set again for unknown kids while fetchCooldownMs lasts", async () => {
  const [key, other] = [await makeKey("one"), await makeKey("other")];
  const issuer = new Issuer(key);
  const signIn = signInWith(issuer, { fetchCooldownMs: 60_000 });
  await signIn(await key.sign());

  for (let count = 0; count < 3; count++) assertEquals(await signIn(await other.sign()), "unknown_key");

  assertEquals(issuer.asked.length, 1);
});

Deno.test("jwt() fetches the key set anew when cacheMaxAgeMs is over", async () => {
  const key = await makeKey("one");
  const issuer = new Issuer(key);
  const signIn = signInWith(issuer, { cacheMaxAgeMs: 0 });

  for (let count = 0; count < 3; count++) assertEquals(await signIn(await key.sign()), "ada");

  assertEquals(issuer.asked.length, 3);
});

Deno.test("jwt() refuses tokens that cannot be good without asking for the key set", async () => {
  const key = await makeKey("one");
  const issuer = new Issuer(key);
  const signIn = signInWith(issuer);
  const bytes = new TextEncoder().encode(JSON.stringify(key.published));

  assertEquals(
    await signIn(await forge({ header: { alg: "HS256", kid: "one" }, payload: {}, signer: bytes })),
    "algorithm",
  );
  assertEquals(
    await signIn(await forge({ header: { alg: "none", kid: "one" }, payload: {}, signer: bytes })),
    "algorithm",
  );
  assertEquals(
    await signIn(await forge({ header: { alg: "ES256", kid: "one", b64: true }, payload: {}, signer: bytes })),
    "unsupported",
  );
  assertEquals(await signIn("x"), "malformed");

  assertEquals(issuer.asked.length, 0);
});

Deno.test("jwt() refuses a token that another key signed under a kid of the set", async () => {
  const [key, other] = [await makeKey("one"), await makeKey("one")];

  assertEquals(await signInWith(new Issuer(key))(await other.sign()), "signature");
});

Deno.test("jwt() uses a key of the set with the algorithm that it names, and with no other", async () => {
  const key = await makeKey("one", "RS256", { alg: "RS512" });
  const signIn = signInWith(new Issuer(key), { algorithms: ["RS256", "RS512"] });

  assertEquals(await signIn(await key.sign()), "unknown_key");
});

Deno.test("jwt() uses no key of the set that is for encryption", async () => {
  const key = await makeKey("one", "ES256", { use: "enc" });

  assertEquals(await signInWith(new Issuer(key))(await key.sign()), "unknown_key");
});

Deno.test("jwt() tries every key that fits a token without kid", async () => {
  const [one, two, other] = [await makeKey("one"), await makeKey("two"), await makeKey("other")];
  const rsa = await makeKey("rsa", "RS256");
  const signIn = signInWith(new Issuer(one, rsa, two));
  const nameless = {};

  assertEquals(await signIn(await one.sign(nameless)), "ada");
  assertEquals(await signIn(await two.sign(nameless)), "ada");
  assertEquals(await signIn(await other.sign(nameless)), "signature");
});

Deno.test("jwt() judges the claims of a token without kid by the key that fits", async () => {
  const [one, two] = [await makeKey("one"), await makeKey("two")];
  const signIn = signInWith(new Issuer(one, two), { audience: "chat" });

  assertEquals(await signIn(await two.sign({})), "claim");
});

const FAULTS: Readonly<Record<string, () => Response | Promise<Response>>> = {
  "does not answer": () => Promise.reject(new TypeError("connection refused")),
  "answers with an error": () => new Response("", { status: 500 }),
  "sends us elsewhere": () => new Response("", { status: 302, headers: { location: "https://evil.example/" } }),
  "answers with no JSON": () => new Response("keys"),
  "answers with no key set": () => Response.json({ keys: "none" }),
};

for (const [title, answer] of Object.entries(FAULTS)) {
  Deno.test(`jwt() rejects where the issuer ${title}, and asks again when its pause is over`, async () => {
    const key = await makeKey("one");
    const issuer = new Issuer(key);
    const good = issuer.answer;
    issuer.answer = answer;
    const signIn = signInWith(issuer, { fetchCooldownMs: 0 });
    const text = `the key set at ${URL_OF_KEYS} could not be had: see the cause`;

    const { cause } = await assertRejects(async () => signIn(await key.sign()), Error, text) as Error;
    issuer.answer = good;

    assert(cause instanceof Error);
    assertEquals(await signIn(await key.sign()), "ada");
    assertEquals(issuer.asked.length, 2);
  });
}

Deno.test("jwt() does not ask an issuer again and again that does not answer", async () => {
  const key = await makeKey("one");
  const issuer = new Issuer();
  issuer.answer = FAULTS["does not answer"]!;
  const signIn = signInWith(issuer);

  for (let count = 0; count < 5; count++) {
    await assertRejects(async () => signIn(await key.sign()), Error, "could not be had");
  }

  assertEquals(issuer.asked.length, 1);
});

Deno.test("jwt() goes on with the keys that it has while the issuer does not answer", async () => {
  const [key, other] = [await makeKey("one"), await makeKey("other")];
  const issuer = new Issuer(key);
  const signIn = signInWith(issuer, { fetchCooldownMs: 0 });
  await signIn(await key.sign());

  issuer.answer = FAULTS["does not answer"]!;
  await assertRejects(async () => signIn(await other.sign()), Error, "could not be had");

  assertEquals(await signIn(await key.sign()), "ada");
});

Deno.test("jwt() gives up fetching after fetchTimeoutMs", async () => {
  const key = await makeKey("one");
  const authenticate = jwt({
    jwksUrl: URL_OF_KEYS,
    algorithms: ["ES256"],
    fetchTimeoutMs: 1,
    fetch: (_url, { signal }) =>
      new Promise((_, reject) => signal!.addEventListener("abort", () => reject(signal!.reason))),
  });

  await assertRejects(async () => authenticate(requestWith(await key.sign())), Error, "could not be had");
});

Deno.test("jwt() rejects where the issuer publishes a private key under the token's kid", async () => {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  const key = await makeKey("one");
  const issuer = new Issuer();
  issuer.answer = async () => Response.json({ keys: [{ ...await exportJWK(privateKey), kid: "one" }] });

  await assertRejects(async () => signInWith(issuer)(await key.sign()), Error, "could not be had");
});

Deno.test("jwt() shows no credentials of the key set's URL in an error", async () => {
  const key = await makeKey("one");
  const issuer = new Issuer();
  issuer.answer = FAULTS["does not answer"]!;
  const signIn = signInWith(issuer, { jwksUrl: "https://user:SECRET@issuer.example/jwks.json?key=SECRET" });

  const { message } = await assertRejects(async () => signIn(await key.sign()), Error) as Error;

  assert(!message.includes("SECRET"), message);
});

Deno.test("jwt().prepare() fetches the key set unless it is there already", async () => {
  const key = await makeKey("one");
  const issuer = new Issuer(key);
  const authenticate = jwt({ jwksUrl: URL_OF_KEYS, algorithms: ["ES256"], fetch: issuer.fetch });

  await authenticate.prepare();
  await authenticate.prepare();

  assertEquals((await authenticate(requestWith(await key.sign())))?.userId, "ada");
  assertEquals(issuer.asked.length, 1);
});

Deno.test("jwt().prepare() rejects where the issuer does not answer, and may be called again", async () => {
  const issuer = new Issuer(await makeKey("one"));
  const good = issuer.answer;
  issuer.answer = FAULTS["does not answer"]!;
  const authenticate = jwt({ jwksUrl: URL_OF_KEYS, algorithms: ["ES256"], fetch: issuer.fetch });

  await assertRejects(() => authenticate.prepare(), Error, "could not be had");
  issuer.answer = good;

  await authenticate.prepare();
});
