/**
 * Serves a page of the examples: its HTML, and its script in one piece, made for browsers by `deno bundle` with everything
 * that it imports.
 */

import { fileURLToPath } from "node:url";

/** Makes a handler for the page in a folder that holds `page.html` and `page.ts`; it gives `null` for other paths. */
export async function servePage(folder: URL): Promise<(request: Request) => Response | null> {
  const html = await Deno.readTextFile(new URL("page.html", folder));
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--minify", "--platform", "browser", fileURLToPath(new URL("page.ts", folder))],
    stderr: "inherit",
  }).output();
  if (!success) throw new Error(`Cannot bundle the page in ${folder}`);
  const files: Readonly<Record<string, readonly [body: BodyInit, type: string]>> = {
    "/": [html, "text/html; charset=utf-8"],
    "/page.js": [stdout, "text/javascript; charset=utf-8"],
  };
  return (request) => {
    const [body, type] = files[new URL(request.url).pathname] ?? [];
    return type === undefined ? null : new Response(body ?? null, { headers: { "content-type": type } });
  };
}
