/** Which versions are worth a line of their own: marks arrive all day, and each batch makes a quick refit. */
import type { Version } from "../../api/types";

/** So many of the latest are always shown. */
const LATEST = 3;

export interface Day {
  day: string;
  versions: Version[];
}

const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: "long" });

/** Quick refits that neither suggest now, nor are among the latest, nor were chosen by a lead, folded by day; `versions` come newest first. */
export function foldQuick(versions: readonly Version[]): { shown: Version[]; folded: Day[] } {
  const shown: Version[] = [];
  const folded: Day[] = [];
  versions.forEach((version, place) => {
    if (version.live || place < LATEST || version.level !== "quick" || isChosen(version)) return shown.push(version);
    const day = DAY.format(new Date(version.created_at));
    const last = folded.at(-1);
    return last?.day === day ? last.versions.push(version) : folded.push({ day, versions: [version] });
  });
  return { shown, folded };
}

/** Whether a lead made it live by hand; the note then says so. */
function isChosen(version: Version): boolean {
  return /^(Promoted|Rolled back to)\b/.test(version.note);
}
