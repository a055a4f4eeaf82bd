/**
 * The part of the FIT profile that Waymark reads, as tables: message and field numbers with their
 * scales from the public profile, and the names of sports, makers and devices. Names are the
 * profile's own words; a number without a name here is shown as the number.
 */
import { COLUMN, type Column } from "./columns.ts";

/** Global message numbers. */
export const MESSAGE = {
  fileId: 0,
  sport: 12,
  session: 18,
  lap: 19,
  record: 20,
  event: 21,
  deviceInfo: 23,
  course: 31,
  activity: 34,
  length: 101,
  hr: 132,
  fieldDescription: 206,
} as const;

/** Field 253 of every message that has a time. */
export const FIELD_TIMESTAMP = 253;

export const FILE_ID = {
  type: 0,
  manufacturer: 1,
  product: 2,
  timeCreated: 4,
  productName: 8,
} as const;

export const SESSION = {
  startTime: 2,
  sport: 5,
  subSport: 6,
  /** 1/1000 s */
  totalElapsedTime: 7,
  totalTimerTime: 8,
  /** 1/100 m */
  totalDistance: 9,
  totalCalories: 11,
  totalAscent: 22,
  totalDescent: 23,
  /** 1/100 m */
  poolLength: 44,
  totalMovingTime: 59,
  sportProfileName: 110,
} as const;

export const LAP = {
  startTime: 2,
  totalElapsedTime: 7,
  totalTimerTime: 8,
  totalDistance: 9,
  trigger: 24,
  sport: 25,
  subSport: 39,
} as const;

export const LENGTH = {
  startTime: 2,
  totalElapsedTime: 3,
  /** 1/1000 m/s */
  averageSpeed: 6,
  averageCadence: 9,
  type: 12,
} as const;

export const EVENT = { event: 0, type: 1 } as const;
export const SPORT = { sport: 0, subSport: 1, name: 3 } as const;
export const COURSE = { sport: 4, name: 5, subSport: 7 } as const;
export const DEVICE_INFO = {
  index: 0,
  type: 1,
  manufacturer: 2,
  product: 4,
  sourceType: 25,
  productName: 27,
} as const;
export const FIELD_DESCRIPTION = {
  developer: 0,
  number: 1,
  baseType: 2,
  name: 3,
  scale: 6,
  offset: 7,
  units: 8,
  nativeMessage: 14,
  nativeField: 15,
} as const;
export const HR = {
  fractionalTimestamp: 0,
  filteredBpm: 6,
  eventTimestamp: 9,
  eventTimestamp12: 10,
} as const;

/** How a field of a record message becomes a value: raw / divisor − offset. */
export interface RecordField {
  readonly number: number;
  readonly column: Column;
  readonly divisor: number;
  readonly offset: number;
}

const field = (number: number, column: Column, divisor = 1, offset = 0): RecordField => ({
  number,
  column,
  divisor,
  offset,
});

/** 2³¹ semicircles are 180 degrees. */
const SEMICIRCLES_PER_DEGREE = 2 ** 31 / 180;

/** In the order of writing: where two fields mean one column, the later and finer one stands. */
export const RECORD_FIELDS: readonly RecordField[] = [
  field(0, COLUMN.lat, SEMICIRCLES_PER_DEGREE),
  field(1, COLUMN.lon, SEMICIRCLES_PER_DEGREE),
  field(2, COLUMN.altitudeM, 5, 500),
  field(78, COLUMN.altitudeM, 5, 500),
  field(3, COLUMN.heartRateBpm),
  field(4, COLUMN.cadenceRpm),
  field(52, COLUMN.cadenceRpm, 256),
  field(5, COLUMN.distanceM, 100),
  field(6, COLUMN.speedMps, 1000),
  field(73, COLUMN.speedMps, 1000),
  field(7, COLUMN.powerW),
  field(13, COLUMN.temperatureC),
  field(31, COLUMN.accuracyM),
];

/** Three bytes: 12 bits of speed in 1/100 m/s, 12 bits of accumulating distance in 1/16 m. */
export const RECORD_COMPRESSED_SPEED_DISTANCE = 8;
/** 1/128 rpm on top of field 4. */
export const RECORD_FRACTIONAL_CADENCE = 53;

export const EVENT_TIMER = 0;
export const EVENT_TYPE_START = 0;
/** stop, stop_all, stop_disable, stop_disable_all */
export const EVENT_TYPES_STOP: ReadonlySet<number> = new Set([1, 4, 8, 9]);
export const LENGTH_TYPE_ACTIVE = 1;
export const SOURCE_TYPE_LOCAL = 5;
export const LOCAL_DEVICE_BAROMETER = 4;

export const LAP_TRIGGERS: readonly string[] = [
  "manual",
  "time",
  "distance",
  "position_start",
  "position_lap",
  "position_waypoint",
  "position_marked",
  "session_end",
  "fitness_equipment",
];

/** What a file is for, by file_id.type; 4 is an activity. */
export const FILE_TYPES: Readonly<Record<number, string>> = {
  1: "device",
  2: "settings",
  3: "sport settings",
  4: "activity",
  5: "workout",
  6: "course",
  7: "schedules",
  9: "weight",
  10: "totals",
  11: "goals",
  14: "blood pressure",
  15: "monitoring",
  20: "activity summary",
  28: "daily monitoring",
  32: "monitoring",
  34: "segment",
  35: "segment list",
  40: "display configuration",
};
export const FILE_TYPE_ACTIVITY = 4;
export const FILE_TYPE_COURSE = 6;

export const SPORT_NAMES: readonly string[] =
  `generic running cycling transition fitness_equipment swimming basketball soccer tennis
  american_football training walking cross_country_skiing alpine_skiing snowboarding rowing
  mountaineering hiking multisport paddling flying e_biking motorcycling boating driving golf
  hang_gliding horseback_riding hunting fishing inline_skating rock_climbing sailing ice_skating
  sky_diving snowshoeing snowmobiling stand_up_paddleboarding surfing wakeboarding water_skiing
  kayaking rafting windsurfing kitesurfing tactical jumpmaster boxing floor_climbing baseball`.split(
    /\s+/,
  );

const LATER_SPORT_NAMES: Readonly<Record<number, string>> = {
  53: "diving",
  62: "hiit",
  64: "racket",
  65: "wheelchair_push_walk",
  66: "wheelchair_push_run",
  67: "meditation",
  76: "water_tubing",
  77: "wakesurfing",
  83: "dance",
  84: "jump_rope",
  88: "canoeing",
};

export const SUB_SPORT_NAMES: readonly string[] =
  `generic treadmill street trail track spin indoor_cycling road mountain downhill recumbent
  cyclocross hand_cycling track_cycling indoor_rowing elliptical stair_climbing lap_swimming
  open_water flexibility_training strength_training warm_up match exercise challenge indoor_skiing
  cardio_training indoor_walking e_bike_fitness bmx casual_walking speed_walking
  bike_to_run_transition run_to_bike_transition swim_to_bike_transition atv motocross backcountry
  resort rc_drone wingsuit whitewater skate_skiing yoga pilates indoor_running gravel_cycling
  e_bike_mountain commuting mixed_surface navigate track_me map single_gas_diving multi_gas_diving
  gauge_diving apnea_diving apnea_hunting virtual_activity obstacle`.split(/\s+/);

const LATER_SUB_SPORT_NAMES: Readonly<Record<number, string>> = {
  66: "expedition",
  67: "ultra",
  68: "indoor_climbing",
  69: "bouldering",
  70: "hiit",
  78: "triathlon",
  79: "duathlon",
  80: "brick",
  81: "swim_run",
  82: "adventure_race",
  98: "overland",
  123: "enduro",
  124: "rucking",
  127: "e_bike_enduro",
};

/** "cycling/mountain"; only the sport where the file tells no sub-sport; "" where it tells neither. */
export function statedFitSport(sport: number, subSport: number): string {
  if (Number.isNaN(sport)) return "";
  const name = SPORT_NAMES[sport] ?? LATER_SPORT_NAMES[sport] ?? `sport ${sport}`;
  if (Number.isNaN(subSport)) return name;
  const sub =
    SUB_SPORT_NAMES[subSport] ?? LATER_SUB_SPORT_NAMES[subSport] ?? `sub-sport ${subSport}`;
  return `${name}/${sub}`;
}

export const MANUFACTURERS: Readonly<Record<number, string>> = {
  1: "Garmin",
  2: "Garmin",
  3: "Zephyr",
  6: "SRM",
  7: "Quarq",
  8: "iBike",
  9: "Saris",
  13: "Dynastream",
  15: "Dynastream",
  16: "Timex",
  23: "Suunto",
  32: "Wahoo",
  37: "Magellan",
  38: "o-synce",
  40: "Concept2",
  41: "Shimano",
  45: "Xplova",
  48: "Pioneer",
  51: "4iiii",
  54: "IpBike",
  60: "Rotor",
  61: "Geonaute",
  63: "Specialized",
  67: "BKOOL",
  68: "CatEye",
  69: "Stages",
  70: "Sigma Sport",
  71: "TomTom",
  73: "Wattbike",
  76: "Moxy",
  77: "Ciclosport",
  81: "Bontrager",
  83: "Scosche",
  86: "Elite",
  89: "Tacx",
  95: "Stryd",
  98: "BSX",
  99: "Look",
  107: "Magene",
  111: "Technogym",
  112: "Bryton",
  115: "iGPSPORT",
  116: "Thinkrider",
  118: "WaterRower",
  121: "Kinetic",
  123: "Polar",
  127: "Leomo",
  128: "iFit",
  129: "COROS",
  132: "CYCPLUS",
  135: "Coospo",
  136: "Geoid",
  137: "Bosch",
  140: "Decathlon",
  142: "TAG Heuer",
  144: "Zwift",
  148: "Ezon",
  255: "development",
  258: "Lezyne",
  260: "Zwift",
  262: "Recon",
  263: "Favero",
  265: "Strava",
  266: "Precor",
  267: "Bryton",
  268: "SRAM",
  269: "Navman",
  272: "Mio",
  279: "Cycliq",
  281: "TrainerRoad",
  282: "The Sufferfest",
  284: "Virtualtraining",
  286: "Omata",
  289: "Hammerhead",
  293: "JetBlack",
  294: "COROS",
  297: "Cycligent",
  298: "Trailforks",
  300: "NURVV",
  303: "Greenteg",
  305: "Whoop",
  307: "Onelap",
  309: "FORM",
  310: "Decathlon",
  314: "RGT Cycling",
  326: "Nike",
  330: "Eo SwimBETTER",
  331: "MyWhoosh",
  337: "Runna",
  339: "Zepp",
  340: "Peloton",
  345: "RealVelo",
  348: "Huawei",
};

/** Makers whose rides take place in a world of their own: Zwift, RGT, MyWhoosh, BKOOL, Onelap, RealVelo. */
export const VIRTUAL_MANUFACTURERS: ReadonlySet<number> = new Set([
  67, 144, 260, 307, 314, 331, 345,
]);

export const MANUFACTURER_GARMIN = 1;

/** Product numbers of Garmin's recorders; regional variants are left out. */
export const GARMIN_PRODUCTS: Readonly<Record<number, string>> = {
  717: "Forerunner 405",
  782: "Forerunner 50",
  988: "Forerunner 60",
  1018: "Forerunner 310XT",
  1036: "Edge 500",
  1124: "Forerunner 110",
  1169: "Edge 800",
  1325: "Edge 200",
  1328: "Forerunner 910XT",
  1345: "Forerunner 610",
  1360: "Forerunner 210",
  1436: "Forerunner 70",
  1446: "Forerunner 310XT 4T",
  1482: "Forerunner 10",
  1499: "Swim",
  1551: "fenix",
  1561: "Edge 510",
  1567: "Edge 810",
  1623: "Forerunner 620",
  1632: "Forerunner 220",
  1736: "Edge Touring",
  1765: "Forerunner 920XT",
  1836: "Edge 1000",
  1837: "vivofit",
  1903: "Forerunner 15",
  1907: "vivoactive",
  1967: "fenix 2",
  1988: "epix",
  2050: "fenix 3",
  2067: "Edge 520",
  2147: "Edge 25",
  2148: "Forerunner 25",
  2153: "Forerunner 225",
  2156: "Forerunner 630",
  2157: "Forerunner 230",
  2158: "Forerunner 735XT",
  2204: "Edge Explore 1000",
  2238: "Edge 20",
  2337: "vivoactive HR",
  2413: "fenix 3 HR",
  2431: "Forerunner 235",
  2432: "fenix 3 Chronos",
  2503: "Forerunner 35",
  2530: "Edge 820",
  2531: "Edge Explore 820",
  2544: "fenix 5S",
  2604: "fenix 5X",
  2623: "vivosport",
  2691: "Forerunner 935",
  2697: "fenix 5",
  2700: "vivoactive 3",
  2713: "Edge 1030",
  2859: "Descent",
  2886: "Forerunner 645",
  2888: "Forerunner 645 Music",
  2891: "Forerunner 30",
  2900: "fenix 5S Plus",
  2909: "Edge 130",
  2988: "vivoactive 3 Music",
  3011: "Edge Explore",
  3028: "GPSMAP 66",
  3076: "Forerunner 245",
  3077: "Forerunner 245 Music",
  3110: "fenix 5 Plus",
  3111: "fenix 5X Plus",
  3112: "Edge 520 Plus",
  3113: "Forerunner 945",
  3121: "Edge 530",
  3122: "Edge 830",
  3126: "Instinct Esports",
  3224: "vivoactive 4S",
  3225: "vivoactive 4",
  3226: "Venu",
  3251: "MARQ Athlete",
  3258: "Descent Mk2",
  3282: "Forerunner 45",
  3287: "fenix 6S Sport",
  3288: "fenix 6S",
  3289: "fenix 6 Sport",
  3290: "fenix 6",
  3291: "fenix 6X",
  3405: "Swim 2",
  3466: "Instinct Solar",
  3558: "Edge 130 Plus",
  3570: "Edge 1030 Plus",
  3589: "Forerunner 745",
  3600: "Venu Sq",
  3615: "Lily",
  3638: "Enduro",
  3652: "Forerunner 945 LTE",
  3703: "Venu 2",
  3704: "Venu 2S",
  3843: "Edge 1040",
  3851: "Venu 2 Plus",
  3869: "Forerunner 55",
  3888: "Instinct 2",
  3889: "Instinct 2S",
  3905: "fenix 7S",
  3906: "fenix 7",
  3907: "fenix 7X",
  3943: "epix Gen 2",
  3990: "Forerunner 255 Music",
  3991: "Forerunner 255S Music",
  3992: "Forerunner 255",
  3993: "Forerunner 255S",
  4005: "Descent G1",
  4024: "Forerunner 955",
  4061: "Edge 540",
  4062: "Edge 840",
  4063: "vivosmart 5",
  4105: "MARQ Gen 2",
  4115: "Venu Sq 2",
  4135: "tactix 7",
  4155: "Instinct Crossover",
  4169: "Edge Explore 2",
  4222: "Descent Mk3",
  4257: "Forerunner 265",
  4258: "Forerunner 265S",
  4260: "Venu 3",
  4261: "Venu 3S",
  4312: "epix Pro 42",
  4313: "epix Pro 47",
  4314: "epix Pro 51",
  4315: "Forerunner 965",
  4341: "Enduro 2",
  4374: "fenix 7S Pro",
  4375: "fenix 7 Pro",
  4376: "fenix 7X Pro",
  4394: "Instinct 2X",
  4426: "vivoactive 5",
  4432: "Forerunner 165",
  4433: "Forerunner 165 Music",
  4440: "Edge 1050",
  4532: "fenix 8 Solar",
  4534: "fenix 8 43",
  4536: "fenix 8",
  4575: "Enduro 3",
  4585: "Instinct 3 Solar",
  4586: "Instinct 3",
  4625: "vivoactive 6",
  4633: "Edge 550",
  4634: "Edge 850",
  4643: "Venu 4",
  4655: "Edge MTB",
  4666: "fenix E",
};

/**
 * Garmin's devices before they listed their own sensors in the file: those with a barometer, and
 * those whose altitude comes from satellites alone.
 */
export const GARMIN_WITH_BAROMETER: ReadonlySet<number> = new Set([
  1036, 1169, 1328, 1551, 1561, 1567, 1765, 1836, 1967, 2050, 2067,
]);
export const GARMIN_WITHOUT_BAROMETER: ReadonlySet<number> = new Set([
  717, 988, 1018, 1124, 1325, 1345, 1360, 1446, 1482, 1623, 1632, 1736, 1903, 1907, 2147, 2148,
  2153, 2156, 2157, 2158, 2238, 2431, 2503,
]);
