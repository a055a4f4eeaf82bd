import { describe, expect, it } from "vitest";
import { type Town, type TownRelation, town } from "../../../test/town.ts";
import { firstTurns, isTurnForbidden, isTurnForbiddenIn, TURN_MODE } from "./turn.ts";

const CROSSING = `
   D
   |
A--B--C
   |
   E`;

function restricted(
  tags: Record<string, string>,
  members: TownRelation["members"] = [
    ["AB", "from"],
    ["B", "via"],
    ["BD", "to"],
  ],
): Town {
  return town(CROSSING, ["AB", "BC", "BD", "BE"], {
    relations: [{ tags: { type: "restriction", ...tags }, members }],
  });
}

/** Forbidden turns as "AB>BD bike motor", sorted. */
function turnsOf(t: Town): string[] {
  const { turnFrom, turnTo, turnMode } = t.network;
  return Array.from(turnFrom, (from, i) => {
    const modes = [
      turnMode[i]! & TURN_MODE.BIKE ? " bike" : "",
      turnMode[i]! & TURN_MODE.MOTOR ? " motor" : "",
    ].join("");
    return `${t.lettersOf(from)}>${t.lettersOf(turnTo[i]!)}${modes}`;
  }).sort();
}

const codes = (t: Town): Record<string, number> =>
  Object.fromEntries(t.repairs.map((r) => [r.code, r.count]));

describe("a restriction at a node", () => {
  it("no_left_turn forbids that turn to bikes and motors", () => {
    const t = restricted({ restriction: "no_left_turn" });
    expect(turnsOf(t)).toEqual(["AB>BD bike motor"]);
    expect(isTurnForbidden(t.network, t.arcOf("AB"), t.arcOf("BD"), TURN_MODE.BIKE)).toBe(true);
    expect(isTurnForbidden(t.network, t.arcOf("AB"), t.arcOf("BC"), TURN_MODE.BIKE)).toBe(false);
    expect(isTurnForbidden(t.network, t.arcOf("DB"), t.arcOf("BA"), TURN_MODE.BIKE)).toBe(false);
  });

  it("only_straight_on forbids all others, turning round included", () => {
    const t = restricted({ restriction: "only_straight_on" }, [
      ["AB", "from"],
      ["B", "via"],
      ["BC", "to"],
    ]);
    expect(turnsOf(t)).toEqual(["AB>BA bike motor", "AB>BD bike motor", "AB>BE bike motor"]);
  });

  it("except=bicycle frees riders", () => {
    expect(turnsOf(restricted({ restriction: "no_left_turn", except: "bicycle" }))).toEqual([
      "AB>BD motor",
    ]);
    expect(turnsOf(restricted({ restriction: "no_left_turn", except: "psv;bicycle" }))).toEqual([
      "AB>BD motor",
    ]);
  });

  it("restriction:bicycle binds riders, restriction:hgv nobody that we know", () => {
    expect(turnsOf(restricted({ "restriction:bicycle": "no_left_turn" }))).toEqual(["AB>BD bike"]);
    expect(turnsOf(restricted({ "restriction:motorcar": "no_left_turn" }))).toEqual([
      "AB>BD motor",
    ]);
    const hgv = restricted({ "restriction:hgv": "no_left_turn" });
    expect(turnsOf(hgv)).toEqual([]);
    expect(codes(hgv)).toEqual({});
  });

  it("no_u_turn forbids turning round on the same way", () => {
    const t = restricted({ restriction: "no_u_turn" }, [
      ["AB", "from"],
      ["B", "via"],
      ["AB", "to"],
    ]);
    expect(turnsOf(t)).toEqual(["AB>BA bike motor"]);
  });

  it("no_entry takes several ways in, no_exit several ways out", () => {
    const entry = restricted({ restriction: "no_entry" }, [
      ["AB", "from"],
      ["BE", "from"],
      ["B", "via"],
      ["BD", "to"],
    ]);
    expect(turnsOf(entry)).toEqual(["AB>BD bike motor", "EB>BD bike motor"]);
    const exit = restricted({ restriction: "no_exit" }, [
      ["AB", "from"],
      ["B", "via"],
      ["BD", "to"],
      ["BE", "to"],
    ]);
    expect(turnsOf(exit)).toEqual(["AB>BD bike motor", "AB>BE bike motor"]);
  });

  it("adds up what several relations forbid", () => {
    const members = [
      ["AB", "from"],
      ["B", "via"],
      ["BD", "to"],
    ] as const;
    const t = town(CROSSING, ["AB", "BC", "BD", "BE"], {
      relations: [
        { tags: { type: "restriction", "restriction:bicycle": "no_left_turn" }, members },
        { tags: { type: "restriction", "restriction:motorcar": "no_left_turn" }, members },
      ],
    });
    expect(turnsOf(t)).toEqual(["AB>BD bike motor"]);
  });

  it.each([
    ["at certain hours", { "restriction:conditional": "no_left_turn @ (07:00-09:00)" }],
    ["at certain hours, the old way", { restriction: "no_left_turn", hour_on: "7" }],
  ])("%s is counted, not kept", (_name, tags) => {
    const t = restricted(tags as Record<string, string>);
    expect(turnsOf(t)).toEqual([]);
    expect(codes(t)).toEqual({ "conditional-restriction": 1 });
  });

  it.each<[string, TownRelation["members"]]>([
    [
      "without via",
      [
        ["AB", "from"],
        ["BD", "to"],
      ],
    ],
    [
      "without to",
      [
        ["AB", "from"],
        ["B", "via"],
      ],
    ],
    [
      "whose ways do not meet at via",
      [
        ["AB", "from"],
        ["C", "via"],
        ["BD", "to"],
      ],
    ],
  ])("%s is counted as broken", (_name, members) => {
    const t = restricted({ restriction: "no_left_turn" }, members);
    expect(turnsOf(t)).toEqual([]);
    expect(codes(t)).toMatchObject({ "broken-restriction": 1 });
  });

  it("whose way runs through the node is ambiguous, and counted", () => {
    const t = town(CROSSING, ["ABC", "BD", "BE"], {
      relations: [
        {
          tags: { type: "restriction", restriction: "no_left_turn" },
          members: [
            ["ABC", "from"],
            ["B", "via"],
            ["BD", "to"],
          ],
        },
      ],
    });
    expect(turnsOf(t)).toEqual([]);
    expect(codes(t)).toEqual({ "broken-restriction": 1 });
  });
});

describe("a restriction over a way", () => {
  const DUAL = `
A--->B--->C
     |
F<---E<---D`;
  const members = [
    ["AB", "from"],
    ["BE", "via"],
    ["EF", "to"],
  ] as const;

  it("is kept exactly where nothing else enters the way between", () => {
    const t = town(
      DUAL,
      {
        AB: { oneway: "yes" },
        BC: { oneway: "yes" },
        BE: {},
        DE: { oneway: "yes" },
        EF: { oneway: "yes" },
      },
      { relations: [{ tags: { type: "restriction", restriction: "no_u_turn" }, members }] },
    );
    expect(turnsOf(t)).toEqual(["BE>EF bike motor"]);
    expect(codes(t)).toEqual({});
  });

  it("is kept exactly where nothing else leaves it", () => {
    const t = town(
      DUAL,
      { AB: {}, BC: {}, BE: { oneway: "yes" }, DE: { oneway: "yes" }, EF: { oneway: "yes" } },
      { relations: [{ tags: { type: "restriction", restriction: "no_u_turn" }, members }] },
    );
    expect(turnsOf(t)).toEqual(["AB>BE bike motor"]);
  });

  it("is counted where pairs of arcs cannot say it", () => {
    const t = town(
      DUAL,
      { AB: {}, BC: {}, BE: {}, DE: {}, EF: {} },
      { relations: [{ tags: { type: "restriction", restriction: "no_u_turn" }, members }] },
    );
    expect(turnsOf(t)).toEqual([]);
    expect(codes(t)).toEqual({ "restriction-via-way": 1 });
  });
});

it("the index for hot loops says what the search says, for every pair of arcs", () => {
  const t = town(CROSSING, ["AB", "BC", "BD", "BE"], {
    nodes: { B: { barrier: "bollard", bicycle: "no" } },
  });
  const first = firstTurns(t.network);
  let forbidden = 0;
  for (let from = 0; from < 2 * t.network.edgeCount; from++) {
    for (let to = 0; to < 2 * t.network.edgeCount; to++) {
      for (const mode of [TURN_MODE.BIKE, TURN_MODE.MOTOR]) {
        const says = isTurnForbidden(t.network, from, to, mode);
        if (says) forbidden++;
        expect(isTurnForbiddenIn(first, t.network, from, to, mode)).toBe(says);
      }
    }
  }
  // Four ways in, three ways on, two modes.
  expect(forbidden).toBe(24);
});
