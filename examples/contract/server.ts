/**
 * A guest book whose server and page share a contract.
 *
 * Run it with `deno run --allow-net --allow-read=. --allow-run examples/contract/server.ts`, and open http://localhost:8000/.
 */

import { WebSocketServer } from "@switchboard/websocket";
import { servePage } from "../pages.ts";
import { contract, type Entry } from "./contract.ts";

/** The last entries. */
const book: Entry[] = [];
const MAX_ENTRIES = 1_000;
let signed = 0;

const server = new WebSocketServer({
  contract,
  validateOutgoing: true, // what we send is checked as well
  handlers: { onError: (_conn, error) => console.error(error) },
});

// `data` is what the schema made of what arrived: trimmed, of the right length, and typed.
server.handle("sign", (data) => {
  const entry = { ...data, at: new Date().toISOString() };
  if (book.push(entry) > MAX_ENTRIES) book.shift();
  server.broadcast({ type: "signed", data: entry });
  return { number: ++signed };
});
server.handle("entries", ({ last }) => book.slice(-last));

const page = await servePage(new URL("page/", import.meta.url));

Deno.serve((request, info) =>
  server.handleUpgrade(request, info) ?? page(request) ?? new Response("Not Found", { status: 404 })
);
