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
