/**
 * Which actions of the table can be done now: those that an open view has given `useKeys` a handler for. The palette
 * offers them; it needs no list of its own.
 */
import { KEY_TABLE } from "./table";
import type { KeyAction, KeyId } from "./table";

type HandlerOf = (id: KeyId) => ((down: boolean) => void) | undefined;

const views = new Set<HandlerOf>();

/** Told by `useKeys` of a view that has come; gives the function to call when it goes. */
export function addView(handlerOf: HandlerOf): () => void {
  views.add(handlerOf);
  return () => views.delete(handlerOf);
}

/** What can be done now, in the order of the table. What only moves or is held is for keys alone. */
export function actsNow(): readonly { action: KeyAction; run: () => void }[] {
  return KEY_TABLE.flatMap((action) => {
    if (action.repeats || action.hold || action.fixed || action.id === "palette") return [];
    const handler = [...views].reverse().flatMap((handlerOf) => handlerOf(action.id) ?? [])[0];
    return handler ? [{ action, run: () => handler(true) }] : [];
  });
}
