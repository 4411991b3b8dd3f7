/**
 * A client of four callbacks, which comes back by itself when the connection is lost.
 *
 * Run it with `deno run --allow-net examples/callbacks_client.ts [url]`, and end it with Ctrl+C.
 */

import { WebSocketClient } from "@switchboard/websocket/client";

const client = new WebSocketClient({
  url: Deno.args[0] ?? "ws://localhost:8000/ws",
  reconnect: { baseDelayMs: 500, maxDelayMs: 5_000, maxRetries: Infinity },
  handlers: {
    onOpen: ({ connectionId }) => {
      console.log(`connected as ${connectionId}`);
      client.send({ type: "chat", data: "Hello from a client" });
    },
    onMessage: (message) => console.log("received", JSON.stringify(message)),
    onClose: ({ code, willReconnect }) => {
      console.log(`disconnected with ${code}, ${willReconnect ? "will try again" : "for good"}`);
    },
    onError: (error) => console.log(`error: ${"code" in error ? error.code : error.name}`),
  },
});

Deno.addSignalListener("SIGINT", async () => {
  await client.disconnect();
  Deno.exit();
});

await client.connect();
const told = await client.request("tell agents", { agent: "Deno", text: "Hello, Denos" });
console.log(`told ${told}`);
