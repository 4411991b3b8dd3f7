/**
 * A middleware of connections that does wrong when the query of a request says so.
 *
 * @module
 */

import type { WebSocketMiddleware } from "../../../src/server/mod.ts";
import type { ChildChannel } from "./child_channel.ts";
import { SECRET } from "./faulty_messages.ts";

/** A middleware that misuses `next`, or fails. */
export function clumsyEntrance(channel: ChildChannel): WebSocketMiddleware {
  return {
    connection: (request, next) => {
      const { searchParams } = new URL(request.url);
      switch (searchParams.get("fault")) {
        case "never":
          return;
        case "twice":
          void next();
          return next();
        case "twice_in_turn":
          return Promise.resolve(next()).then(() => next());
        case "by_a_timer":
          return void setTimeout(() => void next());
        case "forgotten":
          return void next();
        case "forgotten_in_a_promise":
          return Promise.resolve().then(() => void next());
        case "refuses_after_next":
          void next();
          return new Response("no", { status: 403 });
        case "after_the_end":
          channel.event({ kind: "check", target: request.url.replace(/^[a-z]+:\/\/[^/?]*/, ""), detail: {} });
          return channel.gate(searchParams.get("case")!).then(() => next());
        case "never_settles":
          return new Promise(() => {});
        case "throws":
          throw new Error(SECRET);
        case "throws_undefined":
          throw undefined;
        case "rejects":
          return Promise.reject(new Error(SECRET));
        case "answers_nonsense":
          return { status: 200 } as unknown as Response;
        case "answers_101":
          return Response.error();
        case "answers_headers":
          return new Response(SECRET, { status: 503, headers: { "Retry-After": "nonsense" } });
        default:
          return next();
      }
    },
  };
}
