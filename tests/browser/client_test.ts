/**
 * Our client in a page of Chromium: both protocols, and coming back when the network or the page does.
 */

import { type WebSocketConnection, WebSocketServer } from "@switchboard/websocket";
import { assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { runDeno } from "../tools/process.ts";
import { ROOT } from "../tools/repository.ts";
import { CHROMIUM, Chromium } from "./chromium.ts";

/** A page that has our client, the server that it talks to, and Chromium around it. */
class Stage implements AsyncDisposable {
  readonly server: WebSocketServer;
  readonly chromium: Chromium;
  readonly page: Page;
  readonly #http: Deno.HttpServer;

  private constructor(server: WebSocketServer, http: Deno.HttpServer, chromium: Chromium, page: Page) {
    this.server = server;
    this.#http = http;
    this.chromium = chromium;
    this.page = page;
  }

  /** Sets the stage with the bundle of one entry point. */
  static async set(module: string): Promise<Stage> {
    const bundle = await bundleOf(module);
    const server = new WebSocketServer({
      path: "/ws",
      handlers: {
        onMessage: (conn, { type, data, ...rest }) => {
          conn.send(type === "text" || type === "binary" ? data : { type: `${type} back`, data, ...rest });
        },
      },
    });
    const http = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, (request, info) => {
      const isScript = new URL(request.url).pathname === "/client.js";
      const content = isScript ? bundle : "<!DOCTYPE html><link rel=icon href=data:><title>test</title>";
      const type = isScript ? "text/javascript" : "text/html";
      return server.handleUpgrade(request, info) ?? new Response(content, { headers: { "content-type": type } });
    });
    const chromium = await Chromium.start();
    const page = await chromium.open(`http://127.0.0.1:${(http.addr as Deno.NetAddr).port}/`);
    await page.evaluate(
      `import("/client.js").then((module) => { globalThis.WebSocketClient = module.WebSocketClient })`,
    );
    return new Stage(server, http, chromium, page);
  }

  /** Makes a client in the page that waits for hours before it tries again by itself, and connects it. */
  async connect(options = "{}"): Promise<void> {
    await this.page.evaluate(`{
      const reconnect = { baseDelayMs: 1e7, maxDelayMs: 1e7, spreadWindowMs: 1e7 };
      globalThis.client = new WebSocketClient({ url: "/ws", reconnect, ...${options} });
      client.connect();
    }`);
    await this.until("open");
  }

  /** Waits until the client in the page is in a state. */
  async until(state: string): Promise<void> {
    await this.page.waitForFunction(`client.getState() === "${state}"`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page.evaluate("globalThis.client?.disconnect()");
    await this.chromium[Symbol.asyncDispose]();
    await this.server[Symbol.asyncDispose]();
    await this.#http[Symbol.asyncDispose]();
  }
}

async function bundleOf(module: string): Promise<string> {
  const folder = await Deno.makeTempDir();
  try {
    const { code, output } = await runDeno(
      ["bundle", "--platform", "browser", "--minify", "--output", `${folder}/client.js`, module],
      { timeoutMs: 60_000, cwd: ROOT, quiet: true },
    );
    assertEquals(code, 0, output);
    return await Deno.readTextFile(`${folder}/client.js`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Waits until the server has let go of all connections. */
async function allGone(server: WebSocketServer): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<WebSocketConnection>();
  if (server.connections.size === 0) return;
  const off = server.on("connection:removed", resolve);
  await promise;
  off();
}

function browserTest(name: string, module: string, fn: (stage: Stage) => Promise<void>): void {
  Deno.test({
    name,
    ignore: CHROMIUM.ignore,
    async fn() {
      await using stage = await Stage.set(module);
      await fn(stage);
      assertEquals(stage.chromium.mishaps, []);
    },
  });
}

const MANAGED = "src/client/mod.ts";
const PLAIN = "src/client/plain.ts";

for (const module of [MANAGED, PLAIN]) {
  browserTest(`WebSocketClient of ${module} exchanges text, JSON and binary in a page`, module, async ({ page }) => {
    const result = await page.evaluate(`(async () => {
      globalThis.client = new WebSocketClient({ url: "/ws" });
      const outcomes = [client.send("text"), client.send({ type: "chat", data: { a: 1 } })];
      await client.connect();
      outcomes.push(client.send(new Uint8Array([1, 2, 255])));
      const seen = [];
      for await (const message of client) {
        seen.push(message.type === "binary" ? [...message.data] : message);
        if (seen.length === 3) break;
      }
      const latency = typeof client.latencyMs;
      await client.disconnect();
      return { outcomes, seen, latency, state: client.getState() };
    })()`);

    assertEquals(result, {
      outcomes: ["queued", "queued", "sent"],
      seen: [{ type: "text", data: "text" }, { type: "chat back", data: { a: 1 } }, [1, 2, 255]],
      latency: module === MANAGED ? "number" : "undefined",
      state: "closed",
    });
  });

  browserTest(`WebSocketClient of ${module} comes back at once when the network does`, module, async (stage) => {
    await stage.connect();
    stage.server.closeAll(1001, "away");
    await stage.until("waiting");

    await stage.page.context().setOffline(true);
    const offline = await stage.page.evaluate("[navigator.onLine, client.getState()]");
    await stage.page.context().setOffline(false);
    await stage.until("open");

    assertEquals(offline, [false, "waiting"]);
  });
}

browserTest("WebSocketClient comes back at once when its page is visible again", MANAGED, async (stage) => {
  await stage.connect();
  const show = (state: string) =>
    stage.page.evaluate(`{
      Object.defineProperty(document, "visibilityState", { value: "${state}", configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }`);
  stage.server.closeAll(1001, "away");
  await stage.until("waiting");

  await show("hidden");
  const hidden = await stage.page.evaluate("client.getState()");
  await show("visible");
  await stage.until("open");

  assertEquals(hidden, "waiting");
});

browserTest(
  "WebSocketClient of a page that was frozen finds that its connection is gone, and comes back",
  MANAGED,
  async (stage) => {
    await stage.connect(`{ reconnect: { baseDelayMs: 10 } }`);
    const session = await stage.page.context().newCDPSession(stage.page);

    await session.send("Page.setWebLifecycleState", { state: "frozen" });
    stage.server.closeAll(1001, "away");
    await allGone(stage.server);
    const back = Promise.withResolvers<WebSocketConnection>();
    const off = stage.server.on("connection:added", back.resolve);
    await session.send("Page.setWebLifecycleState", { state: "active" });
    await back.promise; // until then the page may still believe in the old connection
    off();
    await stage.until("open");

    assertEquals(stage.server.getStats().totalConnections, 2);
  },
);

browserTest("WebSocketClient says that a page cannot send headers", PLAIN, async ({ page }) => {
  const result = await page.evaluate(`(async () => {
    const client = new WebSocketClient({ url: "/ws", headers: { authorization: "secret" }, logger: { error() {} } });
    return await client.connect().then(() => "connected", (error) => [error.code, error.cause.name]);
  })()`);

  assertEquals(result, ["connect_failed", "SyntaxError"]);
});

browserTest("WebSocketClient lets go of everything in a page when it is disconnected", MANAGED, async (stage) => {
  await stage.connect();

  await stage.page.evaluate("client.disconnect(4000, 'done')");
  await allGone(stage.server);
  await stage.page.evaluate("globalThis.dispatchEvent(new Event('online'))");
  const state = await stage.page.evaluate("client.getState()");

  assertEquals([state, stage.server.getStats().connections], ["closed", 0]);
});
