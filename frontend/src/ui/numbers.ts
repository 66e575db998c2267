/**
 * Numbers as people read them, each with its noun in the right form:
 *
 *     counted(1, "mark")              // "1 mark"
 *     counted(2600, "mark")           // "2,600 marks"
 *     counted(2, "is", "are")         // "2 are"
 *     noun(1, "picture")              // "picture", where the number is painted apart
 */
const NUMBER = new Intl.NumberFormat("en-GB");

export function number(count: number): string {
  return NUMBER.format(count);
}

/** A number that nobody has counted: small ones with one decimal. */
export function about(value: number): string {
  return value < 9.95 ? (Math.round(value * 10) / 10).toString() : number(Math.round(value));
}

export function noun(count: number, one: string, many = `${one}s`): string {
  return count === 1 ? one : many;
}

export function counted(count: number, one: string, many?: string): string {
  return `${number(count)} ${noun(count, one, many)}`;
}

/** A share as people read it: 71.3%; a dash where nothing was measured. */
export function share(value: number | null, digits = 1): string {
  return value === null ? "–" : `${(value * 100).toFixed(digits)}%`;
}

/** Bytes as people read them. */
export function size(bytes: number): string {
  if (bytes < 1_000) return `${bytes.toString()} B`;
  const [unit, by] =
    bytes < 1_000_000 ? ["kB", 1_000] : bytes < 1_000_000_000 ? ["MB", 1_000_000] : ["GB", 1_000_000_000];
  return `${(bytes / by).toFixed(bytes / by < 10 ? 1 : 0)} ${unit}`;
}
