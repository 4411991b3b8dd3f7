/**
 * What the chat's server serves to browsers, and under which headers.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { MAX_NAME_LENGTH, MAX_TEXT_LENGTH } from "../../examples/chat/input.ts";
import { ROOT } from "../tools/repository.ts";
import { Program } from "./program.ts";

/** Everything that the page loads, found by following what it names: by URL, the type under which it is served. */
async function follow(url: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const pending = [url];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    if (found.has(at)) continue;
    const response = await fetch(at);
    const body = await response.text();
    assertEquals(response.status, 200, at);
    found.set(at, response.headers.get("content-type") ?? "");
    const names = at.endsWith(".ts")
      ? body.matchAll(/^(?:(?:import|export|\}) .*?from |import )"([^"]+)"/gm)
      : body.matchAll(/(?:src|href)="([^"]+)"/g);
    for (const [, name = ""] of names) pending.push(new URL(name, at).href);
  }
  return found;
}

Deno.test("the chat: everything that the page loads is served by its own server, as what it is", async () => {
  await using demo = await Program.runDemo();

  const found = await follow(demo.url);

  const types = new Map([[".ts", "text/javascript"], [".css", "text/css"], [".svg", "image/svg+xml"], [
    "/",
    "text/html",
  ]]);
  for (const [url, type] of found) {
    assertEquals(new URL(url).origin, new URL(demo.url).origin);
    const ending = [...types.keys()].find((each) => url.endsWith(each)) ?? "";
    assert(type.startsWith(types.get(ending) ?? "?"), `${url} is ${type}`);
  }
  const paths = [...found.keys()].map((url) => new URL(url).pathname);
  assert(paths.includes("/src/client/mod.ts"), "the client is loaded");
  assert(paths.length > 20, "modules are followed");
});

Deno.test("the chat: nothing inline, nothing foreign and no markup from text can run", async () => {
  await using demo = await Program.runDemo();
  const { headers, body } = await fetch(demo.url);
  await body?.cancel();

  const policy = new Map(
    (headers.get("content-security-policy") ?? "").split("; ").map((rule) => {
      const [name = "", ...values] = rule.split(" ");
      return [name, values.join(" ")];
    }),
  );
  assertEquals(policy.get("default-src"), "'none'");
  for (const name of ["script-src", "style-src", "connect-src", "img-src"]) assertEquals(policy.get(name), "'self'");
  for (const name of ["base-uri", "form-action", "frame-ancestors"]) assertEquals(policy.get(name), "'none'");
  assertEquals(policy.get("require-trusted-types-for"), "'script'");
  assertEquals(headers.get("x-content-type-options"), "nosniff");

  const page = await Deno.readTextFile(`${ROOT}examples/chat/page/page.html`);
  assertEquals(page.match(/<script(?![^>]* src=)|<style|\sstyle=|\son\w+=|https?:/g), null);
  const style = await Deno.readTextFile(`${ROOT}examples/chat/page/style.css`);
  assertEquals(style.match(/url\(|@import|https?:/g), null);
});

Deno.test("the chat: serves its own files and no others, and only to read", async () => {
  await using demo = await Program.runDemo();

  for (
    const path of [
      "deno.json",
      "examples/chat/main.ts",
      "src/server/mod.ts",
      "src/client/../server/mod.ts",
      "%2e%2e/etc/passwd",
      "page.html",
      "constructor",
    ]
  ) {
    const response = await fetch(new URL(path, demo.url));
    assertEquals([path, response.status, await response.text()], [path, 404, "Not Found\n"]);
  }
  const posted = await fetch(demo.url, { method: "POST", body: "x" });
  assertEquals([posted.status, posted.headers.get("allow"), await posted.text()], [
    405,
    "GET, HEAD",
    "Method Not Allowed\n",
  ]);
  const head = await fetch(demo.url, { method: "HEAD" });
  assertEquals([head.status, await head.text()], [200, ""]);
});

Deno.test("the chat: the page's fields are as long as the server takes", async () => {
  const page = await Deno.readTextFile(`${ROOT}examples/chat/page/page.html`);

  const lengths = [...page.matchAll(/<(?:input|textarea)[^>]*?maxlength="(\d+)"/g)].map(([, length]) => Number(length));

  assertEquals(lengths, [MAX_NAME_LENGTH, MAX_NAME_LENGTH, MAX_TEXT_LENGTH]);
  assertMatch(page, /^<!DOCTYPE html>/);
});
