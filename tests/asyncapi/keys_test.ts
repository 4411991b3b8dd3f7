import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { toKey, toRoomKey } from "../../src/asyncapi/keys.ts";

/** Reads what toKey() wrote. */
function fromKey(key: string): string {
  return key.replace(/_([0-9a-f]+)_/g, (_, digits: string) => String.fromCodePoint(parseInt(digits, 16)));
}

for (
  const [name, key] of [
    ["say", "say"],
    ["user_joined", "user_joined"],
    ["chat.send-all2", "chat.send-all2"],
    ["chat:send", "chat_3a_send"],
    ["a b/ü", "a_20_b_2f__fc_"],
    ["😀", "_1f600_"],
    ["", ""],
    ["_", "_"],
    ["a_b_", "a_5f_b_"],
    ["_3a_", "_5f_3a_"],
    ["__proto__", "_5f__proto__"],
  ] as const
) {
  Deno.test(`toKey() writes "${name}" as "${key}"`, () => {
    assertEquals(toKey(name), key);
  });
}

Deno.test("toKey() writes only what may stand in a key, and different names differently", () => {
  const name = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({ unit: fc.constantFrom("_", "a", "3", ":", "z", "😀", "\ud83d") }),
  );

  fc.assert(fc.property(name, (name) => {
    const key = toKey(name);

    assert(/^[A-Za-z0-9._-]*$/.test(key), key);
    assertEquals(fromKey(key), name);
  }));
});

Deno.test("toRoomKey() writes patterns readably, and each differently", () => {
  const taken = new Set<string>();
  const patterns = ["lobby", "chat/{id}", "chat-id", "chat/id", "*", "rest", "a/*", "team:{team}", "{a}_2f_{b}"];
  const keys = patterns.map((pattern) => {
    const key = toRoomKey(pattern, taken);
    taken.add(key);
    return key;
  });

  assertEquals(keys, [
    "lobby",
    "chat-id",
    "chat-id_",
    "chat_2f_id",
    "rest",
    "rest_",
    "a-rest",
    "team_3a_team",
    "a_5f_2f_b",
  ]);
});
