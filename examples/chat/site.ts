/**
 * The files of the chat's page. They are read once, at the start; a request only chooses among them.
 *
 * There is no build step: browsers load the modules one by one as they are, with the types taken out.
 */

import { stripTypeScriptTypes } from "node:module";

const ROOT = new URL("../../", import.meta.url);

/** What browsers load as modules: the page's own, and the client with what it is made of. */
const MODULES = [
  "examples/chat/page",
  "examples/chat/contract.ts",
  "examples/chat/input.ts",
  "src/client",
  "src/protocol",
  "src/internal",
  "src/errors.ts",
];

/** The other files, by path. */
const FILES = {
  "/": { file: "examples/chat/page/page.html", type: "text/html; charset=utf-8" },
  "/style.css": { file: "examples/chat/page/style.css", type: "text/css; charset=utf-8" },
  "/icon.svg": { file: "examples/chat/page/icon.svg", type: "image/svg+xml" },
};

/**
 * Nothing but our own files runs or is loaded, no text can become a script or markup, and no other site can put the page
 * into a frame.
 */
const HEADERS = {
  "cache-control": "no-cache",
  "content-security-policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; "),
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/** A request handler for the page and what it loads. */
export async function loadSite(): Promise<(request: Request) => Response> {
  const bodies = new Map<string, { readonly body: string; readonly type: string }>();
  for (const [path, { file, type }] of Object.entries(FILES)) {
    bodies.set(path, { body: await Deno.readTextFile(new URL(file, ROOT)), type });
  }
  for await (const file of modules()) {
    const source = await Deno.readTextFile(new URL(file, ROOT));
    bodies.set(`/${file}`, { body: toJavaScript(source), type: "text/javascript; charset=utf-8" });
  }
  return ({ method, url }) => {
    const found = bodies.get(new URL(url).pathname);
    if (found === undefined) return new Response("Not Found\n", { status: 404, headers: HEADERS });
    if (method !== "GET" && method !== "HEAD") {
      return new Response("Method Not Allowed\n", { status: 405, headers: { ...HEADERS, allow: "GET, HEAD" } });
    }
    const headers = { ...HEADERS, "content-type": found.type };
    return new Response(found.body, { headers });
  };
}

async function* modules(): AsyncGenerator<string> {
  for (const path of MODULES) {
    if (path.endsWith(".ts")) {
      yield path;
      continue;
    }
    for await (const { name } of Deno.readDir(new URL(path, ROOT))) {
      if (name.endsWith(".ts")) yield `${path}/${name}`;
    }
  }
}

/** Takes the types out; what is left stands on the same lines. Packages are known to Deno by name, to a browser by path. */
function toJavaScript(source: string): string {
  return stripTypeScriptTypes(source).replaceAll(/"@switchboard\/websocket\/(client|protocol)"/g, '"/src/$1/mod.ts"');
}
