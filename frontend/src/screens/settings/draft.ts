/**
 * What is typed into the settings, apart from what the server holds. Numbers stay text while they are typed: half a
 * number is none, and an empty field is not 0. Shares are typed as percentages.
 */
import type { Project, Schemas } from "../../api/types";

export type Settings = Schemas["PatchedProjectRequest"];
export type TextKey = "name" | "description" | "backbone";
export type NumberKey = "lease_seconds" | "retrain_after_marks" | "retrain_after_minutes" | "image_size";
export type ShareKey = "wanted_precision" | "audit_share";

export type Shown = Record<TextKey | NumberKey | ShareKey, string> &
  Pick<Project, "queue_mode" | "allow_closing" | "auto_retrain">;
export type Draft = Partial<Shown>;

const NUMBERS: readonly NumberKey[] = ["lease_seconds", "retrain_after_marks", "retrain_after_minutes", "image_size"];
const SHARES: readonly ShareKey[] = ["wanted_precision", "audit_share"];

/** The settings as the fields show them. */
export function shownOf(project: Project): Shown {
  const { name, description, backbone, queue_mode, allow_closing, auto_retrain } = project;
  const numbers = Object.fromEntries(NUMBERS.map((key) => [key, project[key].toString()])) as Record<NumberKey, string>;
  const shares = Object.fromEntries(
    SHARES.map((key) => [key, (Math.round(project[key] * 100_000) / 1_000).toString()]),
  ) as Record<ShareKey, string>;
  return { name, description, backbone, queue_mode, allow_closing, auto_retrain, ...numbers, ...shares };
}

/** What to send: only what differs from the server's. Text that is no number goes as it is, for the server to refuse by name. */
export function changesOf(project: Project, draft: Draft): Settings {
  const before = shownOf(project);
  const changed = Object.entries(draft).filter(([key, value]) => value !== before[key as keyof Shown]);
  return Object.fromEntries(changed.map(([key, value]) => [key, sent(key, value)]));
}

/** What is still to be saved once `saved` has been: what was typed meanwhile stays. */
export function without(draft: Draft, saved: Draft): Draft {
  return Object.fromEntries(Object.entries(draft).filter(([key, value]) => value !== saved[key as keyof Shown]));
}

function sent(key: string, value: string | boolean): unknown {
  if (typeof value === "boolean") return value;
  const isShare = SHARES.some((share) => share === key);
  if (!isShare && !NUMBERS.some((number) => number === key)) return value;
  const number = Number(value.trim().replace(",", "."));
  if (value.trim() === "" || Number.isNaN(number)) return value.trim();
  return isShare ? Math.round(number * 1_000) / 100_000 : number;
}
