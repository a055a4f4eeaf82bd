/**
 * Versions of models and what each is for: candidate (the newest), challenger (let through by the gates
 * but not better than the champion), champion (decides). A model becomes champion only through its
 * gates; a rollback is one step back through the champions there were. Every move is kept with who made
 * it and why.
 */
import { WaymarkError } from "../../base/index.ts";
import type { ModelMove, ModelRecord, MovePlan } from "../../schema/model.ts";
import type { ModelAlias } from "../../store/member-table.ts";
import type { Models, StoredVersion } from "../../store/models.ts";
import { isThrough, judge } from "./gates.ts";

export interface Registry {
  /**
   * Judges, keeps and names it candidate. Where it is let through and there is no champion, or it is not
   * worse than the champion, it becomes champion; where it is let through otherwise, challenger.
   */
  register(trained: NewVersion, now: number): Promise<Registered>;
  /** @throws WaymarkError NOT_FOUND, STORE_DAMAGED */
  read(model: string, which: number | ModelAlias): Promise<StoredVersion & { bytes: Uint8Array }>;
  /** Makes a version champion. @throws WaymarkError NOT_FOUND, USAGE when a gate holds it back */
  promote(asked: MoveRequest & { readonly version: number }): Promise<MovePlan>;
  /** The champion before this one. @throws WaymarkError USAGE when there is none */
  rollback(asked: MoveRequest): Promise<MovePlan>;
}

export interface NewVersion {
  readonly model: string;
  readonly bytes: Uint8Array;
  /** Without gates: they are judged here. */
  readonly record: ModelRecord;
  cardOf(record: ModelRecord, version: number): string;
}

export interface Registered extends StoredVersion {
  readonly alias: ModelAlias;
}

export interface MoveRequest {
  readonly model: string;
  readonly now: number;
  readonly byAthleteId: number | null;
  readonly reason?: string | undefined;
  /** Says what would happen, and does nothing. */
  readonly isDry?: boolean | undefined;
}

export function createRegistry(models: Models): Registry {
  const stored = async (model: string, which: number | ModelAlias): Promise<StoredVersion> => {
    const version = typeof which === "number" ? which : await models.versionOf(model, which);
    const found = version === undefined ? undefined : await models.get(model, version);
    if (found) return found;
    const what = typeof which === "number" ? `version ${which}` : which;
    throw new WaymarkError("NOT_FOUND", `model '${model}' has no ${what}`);
  };
  const move = async (plan: MovePlan, { now, byAthleteId }: MoveRequest, reason: string) => {
    const { model, alias, from, to } = plan;
    const isDone = await models.move(
      { model, alias, to: to!, atMs: now, byAthleteId, reason },
      from,
    );
    if (isDone) return { ...plan, isDone };
    throw new WaymarkError("USAGE", `the ${alias} of '${model}' was moved meanwhile; look again`);
  };
  return {
    async register({ model, bytes, record, cardOf }, now) {
      const judged = { ...record, gates: [...judge(record)] };
      const added = await models.add(
        { model, bytes, record: judged },
        (version) => cardOf(judged, version),
        now,
      );
      const { version } = added;
      const name = async (
        alias: ModelAlias,
        from: number | null,
        reason: string,
      ): Promise<boolean> =>
        await models.move(
          { model, alias, to: version, atMs: now, byAthleteId: null, reason },
          from,
        );
      // Several may be registered at once: the newest is candidate, whoever comes first.
      for (;;) {
        const from = (await models.versionOf(model, "candidate")) ?? null;
        if ((from ?? 0) > version || (await name("candidate", from, "trained"))) break;
      }
      if (!isThrough(judged.gates)) return { ...added, alias: "candidate" };
      const champion = (await models.versionOf(model, "champion")) ?? null;
      const isBetter =
        judged.versus.length > 0 && judged.versus.every(({ brier }) => brier.value >= 0);
      if (champion === null || isBetter) {
        const why =
          champion === null ? "the first to pass its gates" : `not worse than version ${champion}`;
        if (await name("champion", champion, why)) return { ...added, alias: "champion" };
      }
      const challenger = (await models.versionOf(model, "challenger")) ?? null;
      const why = "let through by its gates, and another is champion";
      const isNamed = await name("challenger", challenger, why);
      return { ...added, alias: isNamed ? "challenger" : "candidate" };
    },
    async read(model, which) {
      const found = await stored(model, which);
      try {
        return { ...found, bytes: await models.bytes(found.sha256) };
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause);
        const said = `version ${found.version} of model '${model}' cannot be used: ${why}`;
        throw new WaymarkError("STORE_DAMAGED", said, { cause });
      }
    },
    async promote(asked) {
      const { model, version, isDry } = asked;
      const found = await stored(model, version);
      const from = (await models.versionOf(model, "champion")) ?? null;
      const plan = planOf(found, "champion", from);
      if (from === version)
        return { ...plan, isAllowed: false, message: `version ${version} is champion already` };
      if (isDry) return plan;
      if (!plan.isAllowed) throw new WaymarkError("USAGE", plan.message);
      return await move(plan, asked, asked.reason ?? "promoted");
    },
    async rollback(asked) {
      const { model, isDry } = asked;
      const champions = championsOf(await models.moves(model));
      const [from, to] = [champions.at(-1), champions.at(-2)];
      if (from === undefined || to === undefined) {
        throw new WaymarkError("USAGE", `model '${model}' has no champion before this one`);
      }
      const found = await stored(model, to);
      const plan: MovePlan = {
        ...planOf(found, "champion", from),
        // It was let through once, and the one it replaces is worse.
        isAllowed: true,
        message: `version ${to} decides again instead of version ${from}`,
      };
      if (isDry) return plan;
      return await move(plan, asked, asked.reason ?? `rolled back from version ${from}`);
    },
  };
}

/** Champions in the order in which they came; one that gave way to its predecessor is gone. */
export function championsOf(moves: readonly ModelMove[]): readonly number[] {
  const champions: number[] = [];
  for (const { alias, to } of moves) {
    if (alias !== "champion" || to === null) continue;
    if (champions.at(-2) === to) champions.pop();
    else champions.push(to);
  }
  return champions;
}

function planOf(found: StoredVersion, alias: ModelAlias, from: number | null): MovePlan {
  const { model, version, record } = found;
  const held = record.gates.filter(({ verdict }) => verdict === "failed");
  const isAllowed = held.length === 0;
  const instead = from === null ? "nothing decides yet" : `version ${from} decides now`;
  return {
    model,
    alias,
    from,
    to: version,
    gates: record.gates,
    isAllowed,
    isDone: false,
    message: isAllowed
      ? `version ${version} becomes ${alias}; ${instead}`
      : `version ${version} is held back by ${held.map(({ name, message }) => `${name} (${message})`).join("; ")}`,
  };
}
