/**
 * Whether a member uses the app on a day: a logit of a personal level, the weekday, the season, moods
 * that last (AR(1)), habit (recent use makes use), changes of life, and what the membership is worth.
 */
import { DRAW, draw } from "./draw.ts";
import { type Life, STATUS, type Surroundings } from "./life.ts";

/** Share of days with use of a usual member: habit is neutral there. */
const USUAL = 0.17;
const HOLIDAY = -1.3;
const YEAR_DAYS = 365.2425;

/** Moves the member's mood on by a day. */
export function usesApp(life: Life, day: number, world: Surroundings): boolean {
  const { person, key } = life;
  const { engagement, message } = world.scenario;
  const { shockRho, shockSd, changeRate } = engagement;
  // The sum of two uniform numbers; over the days moods add up to a bell.
  const noise = (draw(key, DRAW.SHOCK, day, 0) + draw(key, DRAW.SHOCK, day, 1) - 1) * Math.sqrt(6);
  life.shock = shockRho * life.shock + Math.sqrt(1 - shockRho * shockRho) * shockSd * noise;
  if (draw(key, DRAW.LEVEL, day, 0) < changeRate) {
    const isDown = draw(key, DRAW.LEVEL, day, 1) < engagement.changeDownShare;
    life.drift += isDown ? engagement.changeDown : engagement.changeUp;
    life.drift = Math.max(-3.2, Math.min(1.6, life.drift));
  }
  const weekday = (day + 4) % 7;
  const weekend = weekday === 0 || weekday === 6 ? engagement.weekend : -0.4 * engagement.weekend;
  // −1 in mid January of the north, 1 in mid July.
  const season = -Math.cos((((day % YEAR_DAYS) - 15) / YEAR_DAYS) * 2 * Math.PI);
  let logit =
    person.level +
    life.shock +
    life.drift +
    weekend * person.weekendTaste +
    engagement.season * (person.isSouthern ? -season : season) +
    engagement.habit * (life.slow - USUAL) +
    engagement.honeymoon *
      Math.exp((-Math.LN2 * (day - life.signUpDay)) / engagement.honeymoonDays);
  if (life.status === STATUS.FREE) logit += engagement.free;
  else if (life.status >= STATUS.ENDED_VOLUNTARY) logit += engagement.lapsed;
  if (life.pulledDay === day - 1) logit += message.pull * world.messageEffect;
  if (day >= world.holiday[0] && day < world.holiday[1]) logit += HOLIDAY;
  const isUsed = draw(key, DRAW.USE, day) < 1 / (1 + Math.exp(-logit));
  return isUsed || person.outings?.has(day) === true;
}
