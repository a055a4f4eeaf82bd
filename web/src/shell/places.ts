/** The places of the app: an athlete's, and for growth and admin roles the console's. */
import {
  Activity,
  Blocks,
  List,
  type LucideIcon,
  Map as MapIcon,
  TrendingUp,
  Upload,
  UsersRound,
} from "lucide-react";
import type { RoleName } from "../../../src/schema/account.ts";

export interface Place {
  readonly to:
    | "/activities"
    | "/map"
    | "/uploads"
    | "/members"
    | "/retention"
    | "/models"
    | "/features";
  readonly name: string;
  readonly Sign: LucideIcon;
}

export const ATHLETE_PLACES: readonly Place[] = [
  { to: "/activities", name: "Activities", Sign: List },
  { to: "/map", name: "Map", Sign: MapIcon },
  { to: "/uploads", name: "Uploads", Sign: Upload },
];

export const CONSOLE_PLACES: readonly Place[] = [
  { to: "/members", name: "Members", Sign: UsersRound },
  { to: "/retention", name: "Retention", Sign: TrendingUp },
  { to: "/models", name: "Models", Sign: Activity },
  { to: "/features", name: "Features", Sign: Blocks },
];

/** Whether a role sees the members of the app that is served. */
export function seesConsole(role: RoleName): boolean {
  return role === "growth" || role === "admin";
}
