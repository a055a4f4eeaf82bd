/**
 * Invented names in the mixed flavour of the Alps: German compounds, Romansh and Italian hills. No
 * name is meant to be a real place's. Every name is handed out once.
 */
import { pick, type Rng } from "../../base/rng.ts";

const TREES =
  "Linden Ahorn Birken Erlen Eschen Tannen Lärchen Ulmen Weiden Kastanien Buchen Nuss Holunder Schlehen".split(
    " ",
  );
const BIRDS =
  "Amsel Finken Drossel Lerchen Meisen Schwalben Kiebitz Reiher Spatzen Zeisig Falken".split(" ");
const FLOWERS =
  "Rosen Enzian Mohn Flieder Nelken Primel Arnika Malven Veilchen Distel Klee Ginster".split(" ");
const GROUND =
  "Wiesen Anger Halden Sonnen Brunnen Mühl Stein Bach Quell Moos Rain Sand Kies Ried Acker Garten Obst Winkel Hof Berg Tal Wald See Ufer".split(
    " ",
  );
const TRADE =
  "Gerber Färber Küfer Schmied Müller Weber Seiler Bäcker Kramer Zimmer Sattler Töpfer Münz Salz Korn Tuch Fischer Schiffer Glocken Kloster Kapell Spital Zoll".split(
    " ",
  );
const PEOPLE =
  "Anna-Cadal Josef-Moser Maria-Tönz Ludwig-Rainer Clara-Viertl Jakob-Senn Emil-Bardell Luzia-Prader Theodor-Kolb Ida-Salis Ursina-Flor Peter-Anich Nina-Vasell Florin-Camen".split(
    " ",
  );
const LADIN =
  "Val Lunga,Plaun,Salvenna,Curtins,Davains,Fontana,Quadras,Suroi,Crasta,Tschess,Runcs,Foppa,Prasüra,Nualas,Sulegl,Selva".split(
    ",",
  );
const SUBURB_END = [
  "weg",
  "weg",
  "weg",
  "straße",
  "straße",
  "gasse",
  "ring",
  "steig",
  "zeile",
  "hang",
];
const OLD_END = ["gasse", "gasse", "gasse", "gässchen", "winkel", "graben", "stiege"];

export class Names {
  readonly #rng: Rng;
  readonly #taken = new Set<string>();

  constructor(rng: Rng) {
    this.#rng = rng;
  }

  /** The first of `make`'s proposals that is free, with a numeral of the old kind when all are taken. */
  #fresh(make: () => string): string {
    for (let i = 0; i < 40; i++) {
      const name = make();
      if (this.#taken.has(name)) continue;
      this.#taken.add(name);
      return name;
    }
    for (let i = 0; ; i++) {
      const name = `${pick(this.#rng, ["Obere", "Untere", "Hintere", "Äußere", "Innere", "Neue", "Alte"])} ${make()}`;
      if (i < 200 && this.#taken.has(name)) continue;
      this.#taken.add(name);
      return name;
    }
  }

  /** A name given by hand that nothing else may take. */
  keep(name: string): string {
    this.#taken.add(name);
    return name;
  }

  suburbStreet(): string {
    const rng = this.#rng;
    return this.#fresh(() => {
      const kind = rng();
      if (kind < 0.08) return `${pick(rng, PEOPLE)}-Straße`;
      if (kind < 0.2) return `Via ${pick(rng, LADIN)}`;
      const stem = pick(
        rng,
        kind < 0.4 ? TREES : kind < 0.58 ? BIRDS : kind < 0.76 ? FLOWERS : GROUND,
      );
      return stem + pick(rng, SUBURB_END);
    });
  }

  oldStreet(): string {
    const rng = this.#rng;
    return this.#fresh(() => pick(rng, rng() < 0.8 ? TRADE : GROUND) + pick(rng, OLD_END));
  }

  industrialStreet(): string {
    const rng = this.#rng;
    return this.#fresh(
      () =>
        pick(rng, [
          "Werk",
          "Hammer",
          "Sägewerk",
          "Gleis",
          "Fabrik",
          "Lager",
          "Speicher",
          "Ziegelei",
          "Turbinen",
          "Kraftwerk",
        ]) + pick(rng, ["straße", "weg", "straße"]),
    );
  }

  village(): string {
    const rng = this.#rng;
    return this.#fresh(() =>
      rng() < 0.35
        ? pick(rng, [
            "San Lurin",
            "Prà Longa",
            "Sassella",
            "Val Mora",
            "Santa Gada",
            "Curtinatsch",
            "Plan Sura",
            "Casaul",
            "Monticel",
          ])
        : pick(rng, [
            "Ober",
            "Unter",
            "Kalt",
            "Leng",
            "Brunn",
            "Stein",
            "Moos",
            "Ahr",
            "Weiß",
            "Sulz",
            "Farn",
            "Grub",
          ]) +
          pick(rng, [
            "matt",
            "au",
            "moos",
            "brunn",
            "ried",
            "wang",
            "hofen",
            "egg",
            "feld",
            "bach",
          ]),
    );
  }

  peak(): string {
    const rng = this.#rng;
    return this.#fresh(() => {
      const kind = rng();
      if (kind < 0.3)
        return `Piz ${pick(rng, ["Corvin", "Tschierf", "Alvra", "Surlan", "Nair Pitschen", "Mundin", "Lagrev Sura"])}`;
      if (kind < 0.45)
        return `Monte ${pick(rng, ["Sarno", "Caldèr", "Orsel", "Viranda", "Belsole"])}`;
      return (
        pick(rng, [
          "Raben",
          "Gams",
          "Hirsch",
          "Donner",
          "Nebel",
          "Geier",
          "Silber",
          "Stein",
          "Luchs",
          "Mond",
          "Hoch",
          "Grau",
          "Schnee",
          "Hahnen",
          "Wetter",
          "Kreuz",
          "Sonn",
          "Adler",
          "Falken",
        ]) + pick(rng, ["kogel", "spitze", "horn", "stein", "kopf", "wand", "eck", "joch"])
      );
    });
  }

  stream(): string {
    const rng = this.#rng;
    return this.#fresh(
      () =>
        pick(rng, [
          "Schwarz",
          "Klamm",
          "Erlen",
          "Mühl",
          "Forellen",
          "Rauschen",
          "Stein",
          "Weiß",
          "Wild",
          "Otter",
        ]) + pick(rng, ["bach", "bach", "graben", "wasser"]),
    );
  }

  forest(): string {
    const rng = this.#rng;
    return this.#fresh(
      () =>
        pick(rng, [
          "Bann",
          "Herren",
          "Kloster",
          "Brand",
          "Fuchs",
          "Eichen",
          "Hinter",
          "Vorder",
          "Sonnen",
          "Schatten",
          "Kohl",
          "Hexen",
        ]) + pick(rng, ["wald", "holz", "forst", "hain"]),
    );
  }

  hut(): string {
    const rng = this.#rng;
    return this.#fresh(
      () =>
        pick(rng, ["Alp", "Sennhütte", "Berghaus", "Capanna"]) +
        " " +
        pick(rng, ["Sura", "Madlein", "Gafrein", "Trida", "Laret", "Fops", "Nova"]),
    );
  }

  person(): string {
    const rng = this.#rng;
    return this.#fresh(
      () =>
        `${pick(rng, ["Lea", "Nora", "Flurina", "Anna", "Ladina", "Mia", "Seraina", "Elena", "Ronja", "Tabea", "Giulia", "Maren", "Jonas", "Luca", "Gian", "Nils", "Tim", "Matteo", "Andri", "Felix", "Simon", "Curdin", "Paul", "Emil", "Jan", "Marco", "Rafael", "Livia"])} ${pick(rng, ["Cadal", "Moser", "Tönz", "Rainer", "Viertl", "Senn", "Bardell", "Prader", "Kolb", "Salis", "Flor", "Anich", "Vasell", "Camen", "Hofer", "Brugg", "Lanz", "Thaler", "Ferrari", "Wieser", "Planta", "Egger", "Steiner", "Rossi"])}`,
    );
  }
}
