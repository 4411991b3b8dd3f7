/**
 * Loaded before a block of the documentation that keeps running: tells the test when it listens and when it is connected,
 * so that the test waits for that and not for time.
 *
 * @module
 */

/** How a line of an announcement begins. */
export const ANNOUNCEMENT = "@announce ";

function announce(what: string): void {
  console.error(`${ANNOUNCEMENT}${what}`);
}

function announceListening(): void {
  const serve = Deno.serve;
  Object.defineProperty(Deno, "serve", {
    value: (...args: unknown[]): Deno.HttpServer<Deno.NetAddr> => {
      const server = Reflect.apply(serve, Deno, args) as Deno.HttpServer<Deno.NetAddr>;
      announce(`listening ${server.addr.port}`);
      return server;
    },
  });
}

function announceConnected(): void {
  globalThis.WebSocket = class extends WebSocket {
    constructor(...args: ConstructorParameters<typeof WebSocket>) {
      super(...args);
      this.addEventListener("open", () => announce("connected"), { once: true });
    }
  };
}

// Only where it is loaded ahead of a program, not where a test takes the constant.
if (Deno.env.get("ANNOUNCE") !== undefined) {
  announceListening();
  announceConnected();
}
