import { describe, expect, it } from "vitest";
import { accessOf } from "./access.ts";
import { ACCESS, type RoadClass } from "./attribute.ts";

/**
 * Access of a way in a few letters: F foot, B bike, M motor with the direction (> forward, < backward,
 * = both), p pushed, ! restricted.
 */
function letters(tags: Record<string, string>): string {
  const access = accessOf(new Map(Object.entries(tags)), (tags.highway ?? "ferry") as RoadClass);
  const mode = (letter: string, forward: number, backward: number): string => {
    const isForward = (access & forward) !== 0;
    const isBackward = (access & backward) !== 0;
    return isForward || isBackward
      ? letter + (isForward && isBackward ? "=" : isForward ? ">" : "<")
      : "";
  };
  return (
    mode("F", ACCESS.FOOT_FORWARD, ACCESS.FOOT_BACKWARD) +
    mode("B", ACCESS.BIKE_FORWARD, ACCESS.BIKE_BACKWARD) +
    mode("M", ACCESS.MOTOR_FORWARD, ACCESS.MOTOR_BACKWARD) +
    (access & ACCESS.BIKE_PUSH ? "p" : "") +
    (access & ACCESS.RESTRICTED ? "!" : "")
  );
}

describe("access by class", () => {
  it.each([
    ["motorway", "M>"],
    ["trunk", "F=B=M="],
    ["residential", "F=B=M="],
    ["track", "F=B=M="],
    ["pedestrian", "F=p"],
    ["footway", "F=p"],
    ["path", "F=B="],
    ["cycleway", "F=B="],
    ["bridleway", "F=p"],
    ["steps", "F=p"],
    ["via_ferrata", "F="],
    ["busway", ""],
  ])("%s is %s", (highway, expected) => {
    expect(letters({ highway })).toBe(expected);
  });
});

describe("the hierarchy of access tags", () => {
  it.each([
    ["the particular tag wins over the general", { access: "no", foot: "yes" }, "F=p"],
    ["access=no closes to all", { access: "no" }, ""],
    ["vehicle=no leaves walkers", { vehicle: "no" }, "F=p"],
    ["vehicle=no with bicycle=yes", { vehicle: "no", bicycle: "yes" }, "F=B="],
    ["motor_vehicle=no leaves walkers and riders", { motor_vehicle: "no" }, "F=B="],
    ["private is open to those who may, and marked", { access: "private" }, "F=B=M=!"],
    ["destination, too", { access: "destination" }, "F=B=M=!"],
    ["customers, too", { access: "customers" }, "F=B=M=!"],
    ["private for cars alone closes cars", { motor_vehicle: "private" }, "F=B="],
    ["forestry is no public road", { motor_vehicle: "forestry" }, "F=B="],
    ["several values: the most open counts", { access: "forestry;destination" }, "F=B=M=!"],
    ["access=private with foot=yes is free on foot", { access: "private", foot: "yes" }, "F=p"],
    ["bicycle=no is walked", { bicycle: "no" }, "F=M=p"],
    ["bicycle=dismount is walked", { bicycle: "dismount" }, "F=M=p"],
    ["bicycle=use_sidepath is walked", { bicycle: "use_sidepath" }, "F=M=p"],
    ["foot=use_sidepath stays open", { foot: "use_sidepath" }, "F=B=M="],
    ["foot=no", { foot: "no" }, "B=M="],
    ["motorroad is for motors", { motorroad: "yes" }, "M="],
    ["a value that nobody knows says nothing", { access: "fantasy" }, "F=B=M="],
  ])("%s", (_name, tags, expected) => {
    expect(letters({ highway: "tertiary", ...tags })).toBe(expected);
  });

  it.each([
    ["access=yes makes no road of a footway", { access: "yes" }, "F=p"],
    ["bicycle=yes opens it", { bicycle: "yes" }, "F=B="],
    ["bicycle=designated opens it", { bicycle: "designated" }, "F=B="],
    ["bicycle=no with pushing forbidden", { "bicycle:pushed": "no" }, "F="],
  ])("on a footway %s", (_name, tags, expected) => {
    expect(letters({ highway: "footway", ...tags })).toBe(expected);
  });

  it("never rides steps", () => {
    expect(letters({ highway: "steps", bicycle: "yes" })).toBe("F=p");
  });

  it("lets nobody walk a trunk road without a pavement, unless told", () => {
    expect(letters({ highway: "trunk", sidewalk: "no" })).toBe("B=M=");
    expect(letters({ highway: "trunk", sidewalk: "no", foot: "yes" })).toBe("F=B=M=");
  });

  it("takes a ferry's own tags", () => {
    expect(letters({ route: "ferry" })).toBe("F=B=M=");
    expect(letters({ route: "ferry", motor_vehicle: "no" })).toBe("F=B=");
  });
});

describe("one-way rules", () => {
  it.each([
    ["oneway=yes binds vehicles, walkers ignore it", { oneway: "yes" }, "F=B>M>p"],
    ["oneway=-1 runs against the drawing", { oneway: "-1" }, "F=B<M<p"],
    ["oneway=no", { oneway: "no" }, "F=B=M="],
    ["oneway=reversible is open both ways", { oneway: "reversible" }, "F=B=M="],
    ["a roundabout is one-way", { junction: "roundabout" }, "F=B>M>p"],
    ["unless it says no", { junction: "roundabout", oneway: "no" }, "F=B=M="],
    ["oneway:bicycle=no", { oneway: "yes", "oneway:bicycle": "no" }, "F=B=M>"],
    ["cycleway=opposite", { oneway: "yes", cycleway: "opposite" }, "F=B=M>"],
    ["cycleway=opposite_lane", { oneway: "yes", cycleway: "opposite_lane" }, "F=B=M>"],
    [
      "cycleway:left=opposite_track",
      { oneway: "yes", "cycleway:left": "opposite_track" },
      "F=B=M>",
    ],
    [
      "cycleway:left:oneway=-1",
      { oneway: "yes", "cycleway:left": "lane", "cycleway:left:oneway": "-1" },
      "F=B=M>",
    ],
    [
      "cycleway:right:oneway=no",
      { oneway: "yes", "cycleway:right": "track", "cycleway:right:oneway": "no" },
      "F=B=M>",
    ],
    [
      "a separate cycleway opens nothing here",
      { oneway: "yes", "cycleway:left": "separate", "cycleway:left:oneway": "-1" },
      "F=B>M>p",
    ],
    ["against oneway=-1", { oneway: "-1", "oneway:bicycle": "no" }, "F=B=M<"],
    ["bicycle:backward=yes", { oneway: "yes", "bicycle:backward": "yes" }, "F=B=M>"],
    ["vehicle:backward=no", { "vehicle:backward": "no" }, "F=B>M>p"],
    [
      "vehicle:backward=no, bicycle:backward=yes",
      { "vehicle:backward": "no", "bicycle:backward": "yes" },
      "F=B=M>",
    ],
    ["oneway:foot=yes binds walkers", { "oneway:foot": "yes" }, "F>B=M="],
    ["oneway:motor_vehicle=yes", { "oneway:motor_vehicle": "yes" }, "F=B=M>"],
  ])("%s", (_name, tags, expected) => {
    expect(letters({ highway: "residential", ...tags })).toBe(expected);
  });

  it("walks a moving stair the way it runs", () => {
    expect(letters({ highway: "steps", conveying: "forward" })).toBe("F>p");
    expect(letters({ highway: "steps", conveying: "backward" })).toBe("F<p");
    expect(letters({ highway: "steps", conveying: "yes" })).toBe("F=p");
  });

  it("binds riders on a one-way cycleway, and lets them push back", () => {
    expect(letters({ highway: "cycleway", oneway: "yes" })).toBe("F=B>p");
  });
});
