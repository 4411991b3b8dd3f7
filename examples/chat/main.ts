/**
 * A chat for browsers: rooms, private messages, who is here, who is typing. Start it with `deno task demo`.
 *
 * This file is the server; `chat.ts` is the application, `page/` what browsers load. Other programs can take part too:
 *
 *     const socket = new WebSocket("ws://localhost:8000/ws");
 *     socket.onmessage = ({ data }) => console.log(data);
 *     socket.onopen = () => {
 *       socket.send(JSON.stringify({ type: "enter", data: { name: "Robot" } }));
 *       socket.send(JSON.stringify({ type: "say", data: { place: { room: "Lobby" }, text: "Hello" } }));
 *     };
 */

import { WebSocketServer } from "@switchboard/websocket";
import { Chat, Visitor } from "./chat.ts";
import { publishFigures } from "./figures.ts";
import { loadSite } from "./site.ts";

const server = new WebSocketServer({
  path: "/ws",
  maxConnections: 1_000,
  maxConnectionsPerAddress: 200,
  // Whoever reads so slowly is closed, and comes back.
  maxBufferedBytes: 1_048_576,
  // The longest text, should every character of it need an escape sequence.
  maxMessageBytes: 16_384,
  // What we keep with each connection; from here on its type is known.
  data: () => new Visitor(),
  handlers: {
    onMessage: (connection, message) => chat.receive(connection, message),
    onClose: (connection) => chat.gone(connection),
    onError: (_connection, error) => console.error(error),
  },
});
const chat = new Chat(server);
const site = await loadSite();
const stopFigures = publishFigures(server, chat);

const listener = listen(Number(Deno.env.get("PORT") || 8000));
console.log(`The chat is open at http://localhost:${listener.addr.port}`);

// Whoever is connected hears of the end, and comes back when the server does.
Deno.addSignalListener("SIGINT", stop);
if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", stop);

/** Listens on this port, or on the first one above it that is free. */
function listen(port: number): Deno.HttpServer<Deno.NetAddr> {
  for (let next = port;; next++) {
    try {
      // The whole use of it: what is not for the WebSocket server is answered as before.
      return Deno.serve(
        { port: next, onListen: () => {} },
        (request, info) => server.handleUpgrade(request, info) ?? site(request),
      );
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse) || next === port + 100) throw error;
    }
  }
}

async function stop(): Promise<void> {
  Deno.removeSignalListener("SIGINT", stop); // whoever presses Ctrl+C twice does not want to wait
  stopFigures();
  await server.stop();
  await listener.shutdown();
  Deno.exit();
}
