/**
 * A chat for browsers: rooms, private messages, who is here, who is typing. Start it with `deno task demo`.
 *
 * This file is the server; `contract.ts` is what it and its page say to each other, `chat.ts` the application, `sign_in.ts`
 * how one comes in, `page/` what browsers load. Programs without our client can take part too, in the lobby:
 *
 *     const response = await fetch("http://localhost:8000/sign-in?name=Robot", { method: "POST" });
 *     const { token } = await response.json();
 *     const socket = new WebSocket("ws://localhost:8000/ws");
 *     socket.onmessage = ({ data }) => console.log(data);
 *     socket.onopen = () => {
 *       socket.send(JSON.stringify({ type: "authenticate", data: { token } }));
 *       socket.send(JSON.stringify({ type: "say", room: "lobby", data: { text: "Hello" } }));
 *     };
 */

import { InvalidDataError, UnknownTypeError, WebSocketServer } from "@switchboard/websocket";
import { rateLimit } from "@switchboard/websocket/middleware";
import { Chat } from "./chat.ts";
import { contract, LOBBY } from "./contract.ts";
import { publishFigures } from "./figures.ts";
import { foldName } from "./input.ts";
import { SignIn } from "./sign_in.ts";
import { loadSite } from "./site.ts";

const signIn = new SignIn(sessionOf);
const server = new WebSocketServer({
  path: "/ws",
  contract,
  authenticate: signIn.authenticate,
  // Programs sign in by their first message, as pages do by themselves.
  tokenSources: { message: true },
  // The same page on another connection: it goes on there.
  maxConnectionsPerUser: 1,
  whenUserFull: "replace",
  maxConnections: 1_000,
  maxConnectionsPerAddress: 200,
  maxRoomsPerConnection: 20,
  // Whoever reads so slowly is closed, and comes back.
  maxBufferedBytes: 1_048_576,
  // Of what is broadcast to everybody, which is figures, the newest is told who comes, and who was away.
  history: { rooms: { "$all": { keep: "newest", maxAgeMs: 2_000 } } },
  // The longest text, should every character of it need an escape sequence.
  maxMessageBytes: 16_384,
  handlers: {
    // Without our client one cannot ask for rooms.
    onConnect: (connection) => {
      if (!connection.isManaged) connection.join(foldName(LOBBY));
    },
    onError: (_connection, error) => {
      const isTheirs = error instanceof InvalidDataError || error instanceof UnknownTypeError;
      if (!isTheirs) console.error(error);
    },
  },
});
server.use(rateLimit({
  messagesPerSecond: 5,
  burst: 25,
  cost: ({ type }) => type === "typing" ? 0 : 1,
  onExceeded: "reply",
}));
server.use(rateLimit({
  messagesPerSecond: 1,
  burst: 3,
  cost: ({ type }) => type === "typing" ? 1 : 0,
  onExceeded: "reply",
}));
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
        (request, info) => server.handleUpgrade(request, info) ?? respond(request),
      );
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse) || next === port + 100) throw error;
    }
  }
}

function respond(request: Request): Response | Promise<Response> {
  return new URL(request.url).pathname === "/sign-in" ? signIn.respond(request) : site(request);
}

function sessionOf(user: string): string | undefined {
  return chat.sessionOf(user);
}

async function stop(): Promise<void> {
  Deno.removeSignalListener("SIGINT", stop); // whoever presses Ctrl+C twice does not want to wait
  stopFigures();
  await server.stop();
  await listener.shutdown();
  Deno.exit();
}
