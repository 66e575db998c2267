/** The names in a list that somebody pasted: one a line or with commas, semicolons or tabs; empty ones are left out. */
export function namesIn(text: string): string[] {
  return text
    .split(/[\n\r,;\t]+/)
    .map((name) => name.trim())
    .filter(Boolean);
}
