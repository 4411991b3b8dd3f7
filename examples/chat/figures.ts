/**
 * Tells everybody, once a second, how busy the server is.
 */

import type { Chat, ChatServer } from "./chat.ts";
import type { Figures } from "./contract.ts";

const INTERVAL_MS = 1_000;

/** More rooms than a page would show. */
const MAX_ROOMS_TOLD = 50;

/** Begins to tell those who are connected. The function returned ends it. */
export function publishFigures(server: ChatServer, chat: Chat): () => void {
  let last = server.getStats();
  let received = 0;
  let sent = 0;
  const figures = (): Figures => ({
    connections: server.connections.size,
    received,
    sent,
    rooms: chat.rooms.slice(0, MAX_ROOMS_TOLD),
  });
  const timer = setInterval(() => {
    const now = server.getStats();
    const seconds = Math.max(0.1, (now.uptimeMs - last.uptimeMs) / 1000);
    received = Math.round((now.messagesReceived - last.messagesReceived) / seconds);
    sent = Math.round((now.messagesSent - last.messagesSent) / seconds);
    if (now.connections > 0) server.broadcast({ type: "figures", data: figures() });
    // From here on, so that these messages do not count themselves.
    last = server.getStats();
  }, INTERVAL_MS);
  return () => clearInterval(timer);
}
