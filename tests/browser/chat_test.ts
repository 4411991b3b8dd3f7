/**
 * The chat in Chromium: people talk, their server is killed and comes back, and what they write stays text.
 */

import { assert, assertEquals } from "@std/assert";
import { ChatPage } from "./chat_page.ts";
import { CHROMIUM, Chromium } from "./chromium.ts";
import { Program } from "../examples/program.ts";

const DESK = { viewport: { width: 1280, height: 800 }, colorScheme: "light" } as const;
const PHONE = { viewport: { width: 390, height: 780 }, colorScheme: "dark", hasTouch: true } as const;

/** What a hostile person would try everywhere. */
const HOSTILE = "<img src=x onerror=alert(1)>";

Deno.test({
  name: "the chat: two people talk, their server is killed and started again, both pages say so, come back and go on",
  ignore: CHROMIUM.ignore,
  async fn() {
    await using first = await Program.runDemo();
    await using chromium = await Chromium.start();
    const ann = new ChatPage(await chromium.open(first.url, DESK));
    const bob = new ChatPage(await chromium.open(first.url, PHONE));

    await ann.enter("Ann");
    await bob.enter("Bob");
    await ann.note("Bob joined · 2 people here").waitFor();
    await ann.say("Hello Bob");
    await bob.line("Hello Bob").waitFor();
    await bob.say("Hello Ann");
    await ann.line("Hello Ann").waitFor();

    await first.kill();
    for (const { banner } of [ann, bob]) await banner.getByText("The connection is lost.").waitFor();
    await ann.say("Is anybody there?");
    await ann.log.getByText("Waiting to be sent").waitFor();
    await ann.banner.getByText(/Next attempt in \d+ s/).waitFor();
    await bob.state("Reconnecting").waitFor();

    await using second = await Program.runDemo(first.port);
    assertEquals(second.port, first.port);
    for (const page of [ann, bob]) {
      await page.banner.waitFor({ state: "hidden" });
      await page.note(/^Connected again after \d+ s/).waitFor();
    }
    await ann.state("Connected").waitFor();
    await bob.line("Is anybody there?").waitFor();
    await ann.log.getByText("Waiting to be sent").waitFor({ state: "detached" });
    await bob.say("Here I am");
    await ann.line("Here I am").waitFor();
    await ann.say("And so am I");
    await bob.line("And so am I").waitFor();

    for (const page of [ann, bob]) {
      const shown = await page.log.locator(".text").allTextContents();
      assertEquals(shown, ["Hello Bob", "Hello Ann", "Is anybody there?", "Here I am", "And so am I"]);
    }
    assertEquals(chromium.mishaps, []);
  },
});

Deno.test({
  name: "the chat: a lost connection is no leaving, and what was said meanwhile is there afterwards",
  ignore: CHROMIUM.ignore,
  async fn() {
    await using demo = await Program.runDemo();
    await using chromium = await Chromium.start();
    const ann = new ChatPage(await chromium.open(demo.url, DESK));
    const bob = new ChatPage(await chromium.open(demo.url, DESK));
    await bob.makeBreakable();
    await ann.enter("Ann");
    await bob.enter("Bob");
    await ann.note("Bob joined · 2 people here").waitFor();
    await ann.say("Can you hear me?");
    await bob.line("Can you hear me?").waitFor();

    await bob.breakConnection();
    await bob.banner.getByText("The connection is lost.").waitFor();
    await bob.say("No");
    await ann.say("Hello?");
    await ann.person("Bob").getByRole("button").click();
    await ann.say("Only for you");
    await ann.line("Only for you").waitFor();
    await bob.mendConnection();

    await bob.banner.waitFor({ state: "hidden" });
    await bob.line("Hello?").waitFor();
    await bob.private("Ann").getByLabel("1 unread").waitFor();
    await ann.room("Lobby").getByRole("button").first().click();
    await ann.line("No").waitFor();
    assertEquals(await ann.log.locator(".note").allTextContents(), ["Bob joined · 2 people here"]);
    assertEquals(await bob.log.locator(".note").count(), 0);
    assertEquals(chromium.mishaps, []);
  },
});

Deno.test({
  name: "the chat: markup as name, room and text is shown as text (G07), and javascript: is never a link (G08)",
  ignore: CHROMIUM.ignore,
  async fn() {
    await using demo = await Program.runDemo();
    await using chromium = await Chromium.start();
    const eve = new ChatPage(await chromium.open(demo.url, DESK));
    const ann = new ChatPage(await chromium.open(demo.url, DESK));
    await ann.enter("Ann");
    const known = new Set(chromium.requests);

    await eve.enter(HOSTILE);
    await eve.openRoom(HOSTILE);
    await ann.room(HOSTILE).getByRole("button").first().click();
    await ann.heading(HOSTILE).waitFor();
    await eve.say(HOSTILE);
    await eve.say("javascript:alert(1) </script><script>alert(1)</script>");
    await eve.say("see https://example.com/?a=<b>, or http://example.org.");
    await ann.person(HOSTILE).getByRole("button").click();
    await ann.heading(HOSTILE).waitFor();
    await ann.say(HOSTILE);
    await eve.private("Ann").getByRole("button").first().click();

    await eve.line(HOSTILE).waitFor();
    await ann.room(HOSTILE).getByRole("button").first().click();
    await ann.line("javascript:alert(1) </script><script>alert(1)</script>").waitFor();
    await ann.log.getByText("http://example.org").waitFor();
    assertEquals(await ann.log.locator(".name").first().textContent(), HOSTILE);
    assertEquals(await ann.private(HOSTILE).count(), 1);
    assert((await ann.page.title()).includes(HOSTILE));
    assertEquals(await ann.log.locator("a").evaluateAll((links) => links.map((link) => link.getAttribute("href"))), [
      "https://example.com/?a=",
      "http://example.org/",
    ]);
    for (const { page } of [ann, eve]) {
      assertEquals(await page.locator("img:not([src='/icon.svg'])").count(), 0);
      assertEquals(await page.locator("script").count(), 1);
    }
    assertEquals([...chromium.requests].filter((path) => !known.has(path)), []);
    assertEquals(chromium.mishaps, []);
  },
});

Deno.test({
  name: "the chat: rooms, unread messages, private messages, who is typing, who comes and goes, live figures",
  ignore: CHROMIUM.ignore,
  async fn() {
    await using demo = await Program.runDemo();
    await using chromium = await Chromium.start();
    const ann = new ChatPage(await chromium.open(demo.url, DESK));
    const bob = new ChatPage(await chromium.open(demo.url, DESK));
    await ann.enter("Ann");
    await bob.enter("Bob");
    await ann.page.locator(".side [data-figure=connections]").getByText("2", { exact: true }).waitFor();

    await ann.openRoom("Cakes");
    await ann.say("Who brings one?");
    await ann.line("Who brings one?").waitFor();
    await bob.room("Cakes").getByRole("button").first().click();
    await bob.line("Who brings one?").waitFor(); // what was said before he came
    await ann.note("Bob joined · 2 people here").waitFor();
    await bob.page.getByLabel("Message", { exact: true }).pressSequentially("I");
    await ann.page.getByText("Bob is typing…").waitFor();

    await ann.room("Lobby").getByRole("button").first().click();
    await bob.say("I do");
    await ann.room("Cakes").getByLabel("1 unread").waitFor();
    await ann.page.locator(".side [data-figure=received]").getByText(/[1-9]/).waitFor();
    await ann.room("Cakes").getByRole("button").first().click();
    await ann.line("I do").waitFor();
    assertEquals(await ann.room("Cakes").getByLabel("1 unread").count(), 0);

    await bob.person("Ann").getByRole("button").click();
    await bob.say("It is a secret: with plums");
    await bob.line("It is a secret: with plums").waitFor();
    await ann.private("Bob").getByLabel("1 unread").waitFor();
    assertEquals(await ann.line("It is a secret: with plums").count(), 0);
    await ann.private("Bob").getByRole("button").first().click();
    await ann.line("It is a secret: with plums").waitFor();

    await bob.page.close();
    await ann.private("Bob").getByText("away").waitFor({ state: "attached" }); // the pointer is where it would be seen
    await ann.room("Cakes").getByRole("button").first().click();
    await ann.note("Bob left · 1 person here").waitFor();
    assertEquals(await ann.person("Bob").count(), 0);
    assertEquals(chromium.mishaps, []);
  },
});

Deno.test({
  name: "the chat: a reloaded page is the same person in the same rooms, and nobody else can have the name",
  ignore: CHROMIUM.ignore,
  async fn() {
    await using demo = await Program.runDemo();
    await using chromium = await Chromium.start();
    const ann = new ChatPage(await chromium.open(demo.url, DESK));
    const other = new ChatPage(await chromium.open(demo.url, DESK));
    await ann.enter("Ann");
    await ann.openRoom("Cakes");
    await ann.say("Mine");
    await ann.line("Mine").waitFor();

    await other.page.getByLabel("Your name").fill("ann");
    await other.page.getByLabel("Your name").press("Enter");
    await other.page.getByRole("alert").getByText("Somebody here has this name already").waitFor();
    await ann.page.reload();

    await ann.heading("Cakes").waitFor();
    await ann.page.locator("#self-name").getByText("Ann", { exact: true }).waitFor();
    // What Chromium writes about the name that was refused.
    assertEquals(chromium.mishaps, [
      "console: Failed to load resource: the server responded with a status of 409 (Conflict)",
    ]);
  },
});

Deno.test({
  name:
    "the chat: opened a second time by the same person it goes on there, and the first page says so and can come back",
  ignore: CHROMIUM.ignore,
  async fn() {
    await using demo = await Program.runDemo();
    await using chromium = await Chromium.start();
    const first = new ChatPage(await chromium.open(demo.url, DESK));
    await first.enter("Ann");
    const session = await first.page.evaluate<string>("JSON.stringify({ ...sessionStorage })");
    const second = new ChatPage(await chromium.open(demo.url, DESK));
    await second.page.evaluate(`Object.assign(sessionStorage, ${session})`); // as a browser does for a tab's duplicate

    await second.page.reload();

    await second.heading("Lobby").waitFor();
    await first.banner.getByText("Disconnected: the chat was opened elsewhere.").waitFor();
    await first.banner.getByRole("button", { name: "Connect here" }).click();
    await first.banner.waitFor({ state: "hidden" });
    await second.banner.getByText("Disconnected: the chat was opened elsewhere.").waitFor();
    assertEquals(chromium.mishaps, []);
  },
});

Deno.test({
  name: "the chat: who leaves is gone for the others, and can come back under another name",
  ignore: CHROMIUM.ignore,
  async fn() {
    await using demo = await Program.runDemo();
    await using chromium = await Chromium.start();
    const ann = new ChatPage(await chromium.open(demo.url, DESK));
    const bob = new ChatPage(await chromium.open(demo.url, DESK));
    await ann.enter("Ann");
    await bob.enter("Bob");
    await ann.openRoom("Cakes");

    await ann.page.getByRole("button", { name: "Leave", exact: true }).click();

    await bob.note("Ann left · 1 person here").waitFor();
    await ann.enter("Anna");
    await bob.note("Anna joined · 2 people here").waitFor();
    await ann.heading("Lobby").waitFor();
    await ann.room("Cakes").waitFor({ state: "detached" });
    assertEquals(chromium.mishaps, []);
  },
});

Deno.test({
  name: "the chat: who enters while the server is away is told so, and is in when it is back",
  ignore: CHROMIUM.ignore,
  async fn() {
    const first = await Program.runDemo();
    await using chromium = await Chromium.start();
    const ann = new ChatPage(await chromium.open(first.url, DESK));
    await first.kill();

    await ann.page.getByLabel("Your name").fill("Ann");
    await ann.page.getByLabel("Your name").press("Enter");
    await ann.page.getByRole("alert").getByText("The server cannot be reached at the moment").waitFor();
    await using _second = await Program.runDemo(first.port);

    await ann.heading("Lobby").waitFor();
    await ann.say("Here I am");
    await ann.line("Here I am").waitFor();
  },
});
