/** Tests of connections by user: who is in, who is found, and how many one may have. */

import { assertEquals } from "@std/assert";
import { Phase } from "../../src/server/connection.ts";
import { Users } from "../../src/server/users.ts";
import { loneConnection } from "./tools/parts.ts";

function usersOf(maxConnectionsPerUser = Infinity, whenUserFull: "reject" | "replace" = "reject") {
  return new Users<undefined>({ maxConnectionsPerUser, whenUserFull });
}

function connectionIn(phase: Phase = Phase.OPEN) {
  const { connection } = loneConnection();
  connection.phase = phase;
  return connection;
}

Deno.test("Users.of() gives the open connections of one user, those on their way in only with all()", () => {
  const users = usersOf();
  const [open, opening, other] = [connectionIn(), connectionIn(Phase.OPENING), connectionIn()];
  users.add("ada", open);
  users.add("ada", opening);
  users.add("__proto__", other);

  assertEquals([users.of("ada"), users.all("ada"), users.of("__proto__"), users.of("constructor"), users.size], [
    [open],
    [open, opening],
    [other],
    [],
    2,
  ]);
});

Deno.test("Users.remove() forgets a user with the last connection, and does nothing for who is not in", () => {
  const users = usersOf();
  const [one, two] = [connectionIn(), connectionIn()];
  users.add("ada", one);
  users.remove("ada", two);
  users.remove("bob", one);
  assertEquals([users.size, users.all("ada")], [1, [one]]);

  users.remove("ada", one);
  users.remove("ada", one);

  assertEquals([users.size, users.all("ada")], [0, []]);
});

Deno.test("Users.isFull() counts those on their way in too, and never refuses where the oldest goes", () => {
  const reject = usersOf(2);
  const replace = usersOf(1, "replace");
  for (const users of [reject, replace]) users.add("ada", connectionIn(Phase.OPENING));

  assertEquals([reject.isFull("ada"), replace.isFull("ada")], [false, false]);
  reject.add("ada", connectionIn());

  assertEquals([reject.isFull("ada"), reject.isFull("bob")], [true, false]);
});

Deno.test("Users.surplusAfter() names the oldest open ones, by when they opened", () => {
  const users = usersOf(2, "replace");
  const all = [0, 1, 2, 3].map(() => connectionIn(Phase.OPENING));
  for (const each of all) users.add("ada", each);
  const surplus = [2, 0, 3, 1].map((i) => {
    all[i]!.phase = Phase.OPEN;
    return users.surplusAfter("ada", all[i]!).map((each) => all.indexOf(each));
  });

  assertEquals(surplus, [[], [], [2], [2, 0]]);
  assertEquals(usersOf(1).surplusAfter("ada", all[0]!), []);
});
