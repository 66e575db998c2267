/** What a list of doubts promises, in one plain sentence. */
import type { Schemas } from "../../api/types";
import { counted, number } from "../../ui/numbers";

type Chance = Pick<Schemas["Doubt"], "chance">;

/** "About 3 of these 10 marks are expected to be mistakes, perhaps more."; null when no chances are known. */
export function expectation(doubts: readonly Chance[]): string | null {
  const chances = doubts.flatMap(({ chance }) => (chance === null ? [] : [chance]));
  if (chances.length === 0) return null;
  const wrong = chances.reduce((sum, chance) => sum + chance, 0);
  if (chances.length === 1)
    return `This mark is expected to be a mistake with a chance of about ${(wrong * 100).toFixed(0)}%.`;
  const these = `of these ${counted(chances.length, "mark")}`;
  if (wrong > chances.length - 0.5) return `Nearly all ${these} are expected to be mistakes.`;
  if (wrong < 0.5) return `Probably none ${these} is a mistake. If there is one, it is likely to be near the top.`;
  const about = Math.round(wrong);
  return `About ${number(about)} ${these} ${about === 1 ? "is expected to be a mistake" : "are expected to be mistakes"}, perhaps more; the likeliest come first.`;
}
