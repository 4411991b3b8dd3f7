/**
 * Who is in which room: two indexes, from a room to its members and from a member to its rooms, that always agree. A room
 * without members does not exist. Pure.
 *
 * @module
 */

/** What can be in rooms. */
export interface Occupant {
  /**
   * Its rooms by name, each with the index that it has in the list of that room's members; `undefined` before the first.
   * Written by {@linkcode Rooms} alone. A field of the member itself, as a map over all members would cost a look-up more.
   */
  places: Map<string, number> | undefined;
}

/** Whom a message to rooms is for. */
export interface Audience<Member> {
  /** The members of these rooms. */
  readonly rooms: readonly string[];
  /** But not who is in one of these. */
  readonly exceptRooms?: readonly string[];
  /** And not these. */
  readonly except?: LeftOut<Member>;
}

/** Members that are left out; a set is one. */
export interface LeftOut<Member> {
  /** How many there are. */
  readonly size: number;
  /** Whether this is one of them. */
  has(member: Member): boolean;
}

/** The members of one room; always those of the moment. */
export interface Members<Member> extends Iterable<Member> {
  /** How many there are. */
  readonly size: number;
}

/**
 * Rooms and their members.
 *
 * Members may come and go while somebody goes through them. A list that was handed out is that of its moment, and never
 * changes. A loop over {@linkcode Rooms.members} meets those who were there when it began and are still there when it
 * gets to them.
 */
export class Rooms<Member extends Occupant> {
  // Lists by name and nothing around them: where there are very many rooms, each object on the way is a cache miss, and
  // those are what a join costs.
  readonly #rooms = new Map<string, Member[]>();
  /** Lists that were handed out, and must be copied before they are changed. */
  readonly #lent = new Set<readonly Member[]>();

  /** How many rooms there are. */
  get size(): number {
    return this.#rooms.size;
  }

  /** How many lists are kept in mind because they were handed out: at most one for each room. */
  get lent(): number {
    return this.#lent.size;
  }

  /** Whether there is such a room. */
  has(name: string): boolean {
    return this.#rooms.has(name);
  }

  /** The names of the rooms, oldest first. Rooms may come and go while one iterates; those that come are met, too. */
  names(): IterableIterator<string> {
    return this.#rooms.keys();
  }

  /** Puts a member into a room, and tells whether it was not in there. */
  join(member: Member, name: string): boolean {
    const places = member.places ??= new Map();
    if (places.has(name)) return false;
    const members = this.#rooms.get(name);
    if (members === undefined) {
      this.#rooms.set(name, [member]);
      places.set(name, 0);
    } else {
      places.set(name, this.#own(name, members).push(member) - 1);
    }
    return true;
  }

  /** Takes a member out of a room, and tells whether it was in there. */
  leave(member: Member, name: string): boolean {
    const place = member.places?.get(name);
    if (place === undefined) return false;
    member.places!.delete(name);
    this.#vacate(name, place);
    return true;
  }

  /** Takes a member out of all its rooms, and returns their names. */
  leaveAll(member: Member): readonly string[] {
    const { places } = member;
    if (places === undefined) return NONE;
    member.places = undefined;
    for (const [name, place] of places) this.#vacate(name, place);
    return [...places.keys()];
  }

  /** Whether a member is in a room. */
  isIn(member: Member, name: string): boolean {
    return member.places?.has(name) === true;
  }

  /** How many members a room has. */
  count(name: string): number {
    return this.#rooms.get(name)?.length ?? 0;
  }

  /** The members of a room, in no order, as a list of this moment. */
  list(name: string): readonly Member[] {
    const members = this.#rooms.get(name);
    if (members === undefined) return NONE;
    this.#lent.add(members);
    return members;
  }

  /** The members of a room, in no order, those of each moment. */
  members(name: string): Members<Member> {
    const sizeNow = (): number => this.count(name);
    const loop = (): Iterator<Member> => this.#loop(name);
    return {
      get size() {
        return sizeNow();
      },
      [Symbol.iterator]: loop,
    };
  }

  /** The names of a member's rooms, those that it joined first first. */
  roomsOf(member: Member): readonly string[] {
    return member.places === undefined ? NONE : [...member.places.keys()];
  }

  /** Who gets a message: each once, in no order, as a list of this moment. Nothing is made where it is a room as it is. */
  receivers({ rooms, exceptRooms = NONE, except }: Audience<Member>): readonly Member[] {
    const members = rooms.length === 1 ? this.list(rooms[0]!) : this.#membersOfAny(rooms);
    const hasExcept = except !== undefined && except.size > 0;
    if (!hasExcept && exceptRooms.length === 0) return members;
    return members.filter((member) =>
      !(hasExcept && except.has(member)) && !exceptRooms.some((name) => this.isIn(member, name))
    );
  }

  #membersOfAny(names: readonly string[]): readonly Member[] {
    const found = new Set<Member>();
    for (const name of names) {
      for (const member of this.list(name)) found.add(member);
    }
    return [...found];
  }

  *#loop(name: string): Iterator<Member> {
    for (const member of this.list(name)) {
      if (this.isIn(member, name)) yield member;
    }
  }

  /** Gives a place in a room to the member in its last place: places are dense. */
  #vacate(name: string, place: number): void {
    const found = this.#rooms.get(name)!;
    if (found.length === 1) {
      this.#rooms.delete(name);
      this.#lent.delete(found);
      return;
    }
    const members = this.#own(name, found);
    const last = members.pop()!;
    if (place === members.length) return;
    members[place] = last;
    last.places!.set(name, place);
  }

  /** The list of a room, to be changed. A copy costs less than the loop for which the list was handed out. */
  #own(name: string, members: Member[]): Member[] {
    if (this.#lent.size === 0 || !this.#lent.delete(members)) return members;
    const copy = members.slice();
    this.#rooms.set(name, copy);
    return copy;
  }
}

const NONE: readonly never[] = [];
