/**
 * What no key may do anywhere on the page, whatever has the focus:
 *
 * - A held Enter or Space presses nothing again. Browsers click a focused button once for each repeat, links and forms too;
 *   what was opened by the first press would be answered by the second.
 * - A key that an input method still composes with belongs to the input method: Enter takes its suggestion, and must not
 *   also mark what is typed so far.
 */

const PRESSING = new Set(["Enter", " "]);
/** In these the key writes text. */
const LINES = "textarea, [contenteditable=true]";
const WORDS = "input:not([type=button], [type=checkbox], [type=radio], [type=range], [type=submit])";

function writesText(key: string, target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches(key === " " ? `${LINES}, ${WORDS}` : LINES);
}

/** Whether an input method has this key. Some browsers send the last key of a composition after its end, as this code. */
const COMPOSED = 229;
function isComposing(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === COMPOSED;
}

function guard(event: KeyboardEvent): void {
  if (isComposing(event)) return event.stopImmediatePropagation();
  if (!event.repeat || !PRESSING.has(event.key) || writesText(event.key, event.target)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

// Before anything else that listens: this module is loaded first.
window.addEventListener("keydown", guard, true);

export {};
