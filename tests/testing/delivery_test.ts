/** Tests of the checker, with transcripts made by hand: each kind of fault is found, and what is no fault is not. */

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { assertDelivered, checkDelivery, type SentMessage, Transcript } from "../../src/testing/mod.ts";

/** What can be written into a transcript in one word: `>1` sent to bob, `<1` received by bob, `!` a gap, `+1` acknowledged, `-1` dropped. */
function transcriptOf(words: string, more: Partial<SentMessage> = {}): Transcript {
  const transcript = new Transcript();
  for (const word of words.split(" ")) {
    const id = word.slice(1);
    if (word.startsWith(">")) transcript.sent({ id, from: "ann", to: ["bob"], ...more });
    else if (word.startsWith("<")) transcript.received("bob", id);
    else if (word.startsWith("+")) transcript.acknowledged(id);
    else if (word.startsWith("-")) transcript.dropped(id);
    else transcript.gap("bob", id === "" ? undefined : id);
  }
  return transcript;
}

/** The faults in short. */
function faultsOf(transcript: Transcript): string[] {
  return checkDelivery(transcript).faults.map(({ kind, id, by }) => `${kind} ${id} at ${by}`);
}

const CASES: Readonly<Record<string, readonly [transcript: Transcript, ...faults: string[]]>> = {
  "all arrived": [transcriptOf(">1 >2 <1 >3 <2 <3 +3")],
  "the last one is missing": [transcriptOf(">1 >2 <1"), "lost 2 at bob"],
  "all are missing": [transcriptOf(">1 >2"), "lost 1 at bob", "lost 2 at bob"],
  "one in the middle is missing": [transcriptOf(">1 >2 >3 <1 <3"), "lost 2 at bob"],
  "one arrived twice": [transcriptOf(">1 >2 <1 <1 <2"), "duplicated 1 at bob"],
  "one arrived twice, much later": [transcriptOf(">1 >2 <1 <2 <1"), "duplicated 1 at bob"],
  "two changed places": [transcriptOf(">1 >2 <2 <1"), "reordered 1 at bob"],
  "one came behind two others": [transcriptOf(">1 >2 >3 <2 <3 <1"), "reordered 1 at bob"],
  "nobody sent it": [transcriptOf(">1 <1 <2"), "invented 2 at bob"],
  "it arrived before it was sent": [transcriptOf("<1 >1"), "invented 1 at bob", "lost 1 at bob"],
  "it was for somebody else": [transcriptOf(">1 <1", { to: [] }), "invented 1 at bob"],
  "it may have been for bob": [transcriptOf(">1 >2 <1", { to: [], mayReach: ["bob"] })],
  "volatile messages may be lost": [transcriptOf(">1 >2 >3 <1 <3", { mayBeLost: true })],
  "volatile messages may not be doubled": [transcriptOf(">1 <1 <1", { mayBeLost: true }), "duplicated 1 at bob"],
  "volatile messages may not change places": [
    transcriptOf(">1 >2 <2 <1", { mayBeLost: true }),
    "reordered 1 at bob",
  ],
  "a dropped message may be lost": [transcriptOf(">1 -1 >2 <2")],
  "a gap excuses what is missing before it": [transcriptOf(">1 >2 >3 <1 ! <3")],
  "a gap excuses all that is missing": [transcriptOf(">1 >2 >3 >4 !")],
  "a gap does not excuse what is sent behind it": [transcriptOf(">1 <1 ! >2 >3 <3"), "lost 2 at bob"],
  "a gap does not excuse what is missing before the last that arrived before it": [
    transcriptOf(">1 >2 >3 <1 <3 !"),
    "lost 2 at bob",
  ],
  "a gap does not excuse what is missing after the first that arrived after it": [
    transcriptOf(">1 >2 >3 ! <1 <3"),
    "lost 2 at bob",
  ],
  "a gap of the same channel excuses": [transcriptOf(">1 >2 !lobby <2", { channel: "lobby" })],
  "a gap of another channel does not": [transcriptOf(">1 >2 !attic <2", { channel: "lobby" }), "lost 1 at bob"],
  "a gap does not make doubled ones good": [transcriptOf(">1 <1 ! <1"), "duplicated 1 at bob"],
  "what was acknowledged is never excused": [
    transcriptOf(">1 +1 !"),
    "invented 1 at bob",
    "lost 1 at bob",
  ],
  "an acknowledgement comes too early": [transcriptOf(">1 +1 <1"), "invented 1 at bob"],
};

for (const [name, [transcript, ...faults]] of Object.entries(CASES)) {
  Deno.test(`checkDelivery(): ${name}`, () => {
    assertEquals(faultsOf(transcript), faults);
  });
}

Deno.test("checkDelivery() judges senders and receivers apart", () => {
  const transcript = new Transcript();
  transcript.sent({ id: "a1", from: "ann", to: ["bob", "cleo"] });
  transcript.sent({ id: "d1", from: "dan", to: ["bob", "cleo"] });
  transcript.sent({ id: "a2", from: "ann", to: ["bob"] });
  for (const id of ["d1", "a1", "a2"]) transcript.received("bob", id);
  for (const id of ["a1", "a2"]) transcript.received("cleo", id);

  assertEquals(faultsOf(transcript), ["invented a2 at cleo", "lost d1 at cleo"]);
});

Deno.test("checkDelivery() refuses transcripts that are none", () => {
  assertThrows(() => checkDelivery(transcriptOf(">1 >1")), RangeError, 'two messages are "1"');
  assertThrows(() => checkDelivery(transcriptOf("+1")), RangeError, '"1" was never sent');
});

Deno.test("assertDelivered() says what is wrong, and where, and not everything", () => {
  const ids = Array.from({ length: 30 }, (_, index) => `>${index}`);

  assertDelivered(transcriptOf(">1 <1"));
  const error = assertThrows(() => assertDelivered(transcriptOf(">1 >2 >3 <1 <3 ! <3")), Error);
  const long = assertThrows(() => assertDelivered(transcriptOf(ids.join(" "))), Error);

  assertEquals(error.message.split("\n"), [
    "2 faults: 3 messages were sent, 3 received, 1 gaps told",
    "  duplicated 3 at bob: has arrived before",
    "  lost       2 at bob: got 1 before it and 3 after it, and heard of no gap between",
  ]);
  assertStringIncludes(long.message, "and 10 more");
});

Deno.test("checkDelivery() finds one fault put anywhere into a good transcript", () => {
  const cases = fc.record({
    length: fc.integer({ min: 2, max: 12 }),
    kind: fc.constantFrom("lost", "duplicated", "reordered", "invented"),
    place: fc.nat(),
  });
  fc.assert(fc.property(cases, ({ length, kind, place }) => {
    const sent = Array.from({ length }, (_, index) => `${index}`);
    const received = [...sent];
    const at = place % (length - 1);
    if (kind === "lost") received.splice(at, 1);
    if (kind === "duplicated") received.splice(at, 0, received[at]!);
    if (kind === "reordered") received.splice(at, 2, received[at + 1]!, received[at]!);
    if (kind === "invented") received.splice(at, 0, "made up");
    const words = [...sent.map((id) => `>${id}`), ...received.map((id) => `<${id}`)].join(" ");

    assertEquals(checkDelivery(transcriptOf(words)).faults.map((fault) => fault.kind), [kind]);
  }));
});
