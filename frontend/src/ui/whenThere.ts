/** Try now and after each change of the page, until `settle` is true; returns what gives up. */
export function whenThere(settle: () => boolean): () => void {
  const observer = new MutationObserver(() => settle() && observer.disconnect());
  if (!settle()) observer.observe(document.body, { childList: true, subtree: true });
  return () => observer.disconnect();
}
