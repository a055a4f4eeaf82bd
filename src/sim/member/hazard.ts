/**
 * The chance that a member switches renewal off today. Almost all of it follows from what the member's
 * events show: use and its trend, tenure, the days to and since a charge, failures, unsubscribing; a
 * small latent part does not, so that nobody can be certain.
 */
import { type Life, STATUS, type Surroundings } from "./life.ts";

/** Share of days with use of a usual member. */
const USUAL = 0.17;

export function voluntaryChance(life: Life, day: number, world: Surroundings): number {
  const { scenario } = world;
  const { voluntary } = scenario;
  const { person, interval } = life;
  const used = Math.log((life.slow + 0.02) / (USUAL + 0.02));
  const trend = Math.log((life.fast + 0.04) / (life.slow + 0.04));
  let shift =
    person.latent -
    voluntary.use * used -
    voluntary.trend * Math.max(-1.5, Math.min(1, trend)) +
    (life.isMailed ? 0 : voluntary.unsubscribed);
  if (life.status === STATUS.TRIALING) {
    const base = day === life.startDay ? scenario.trialOffFirstDay : scenario.trialOff;
    return logistic(Math.log(base / (1 - base)) + 0.6 * shift);
  }
  if (day - life.usedDay >= voluntary.dormantDays) shift += voluntary.dormant;
  shift -= voluntary.tenure * Math.log(1 + (day - life.startDay) / 30);
  if (life.failures > 0.2) shift += voluntary.failedLately;
  if (life.status === STATUS.ARREARS) shift += voluntary.inArrears;
  const risen = day - world.priceRiseDay;
  if (risen >= 0 && risen < voluntary.priceShockDays && life.startDay < world.priceRiseDay) {
    shift += voluntary.priceShock * person.priceSensitivity;
  }
  return logistic(
    scenario.plans[interval].voluntary + renewal(life, day, voluntary.firstPeriod) + shift,
  );
}

/** People decide about renewals shortly before them, and when they see the charge. */
function renewal(
  { interval, periodStart, periodEnd, periods }: Life,
  day: number,
  first: number,
): number {
  const before = periodEnd - day;
  const since = day - periodStart;
  switch (interval) {
    case "week":
      return (before <= 1 ? 0.7 : 0) + (periods <= 4 ? first : 0);
    case "month":
      return (before <= 3 ? 1.3 : since <= 2 ? 0.9 : 0) + (periods <= 1 ? first : 0);
    case "year":
      return before <= 14 ? 2.6 : since <= 3 ? 2.2 : since <= 30 ? 0.9 : 0;
  }
}

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
