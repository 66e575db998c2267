/** The mark of Tern: a common tern in a banking dive, wings drawn back, bill first. */
export function TernMark({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 64 64" aria-hidden="true" focusable="false">
      <path
        fill="currentColor"
        d="M2 12c13 1 23 6 29 16C37 18 48 11 62 9c-10 6-17 13-21 21-2 5-4 8-8 10l-4 1c-6 0-10-3-13-9C13 25 8 18 2 12z"
      />
      <path fill="currentColor" opacity=".45" d="M35 41c4 4 7 9 8 16-3-4-5-5-8-6-1 3-3 5-7 7 2-6 2-11 3-17z" />
      <path fill="var(--paper)" d="M19 31.500c3-1.500 6-1.500 9 .5l-.6 1.200c-3-.9-5.700-.7-8.400.1z" />
      <path fill="var(--bill)" d="M18.500 31 4 36.500 20 37z" />
    </svg>
  );
}
