/** Going through doubted marks: which is open, what was said of each, and the acts on the open one. */
import { useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";

import { imageChanged } from "../../api/cache";
import { useImage } from "../../api/queries";
import type { Label, Schemas, Value } from "../../api/types";
import type { Act } from "../../sync/entry";
import { useMarking } from "../../sync/useMarking";
import { useAnnounce } from "../../ui/announce";
import { STATE_WORDS, stateOfValue } from "../../ui/State";

export type Doubt = Schemas["Doubt"];

export const nameOf = (doubt: Pick<Doubt, "image" | "label">) => `${doubt.image.toString()}:${doubt.label.toString()}`;

export function useDoubts(project: number, doubts: readonly Doubt[], labels: readonly Label[]) {
  const [done, setDone] = useState<ReadonlyMap<string, Value>>(new Map());
  const [at, setAt] = useState(0);
  const marking = useMarking(project);
  const queries = useQueryClient();
  const announce = useAnnounce();
  const byId = useMemo(() => new Map(labels.map((label) => [label.id, label])), [labels]);
  const doubt = doubts[Math.min(at, doubts.length - 1)];
  const detail = useImage(project, doubt?.image ?? null);
  const cell = detail.data?.cells.find((one) => one.label === doubt?.label);
  const go = (by: number) => setAt((before) => Math.min(doubts.length - 1, Math.max(0, before + by)));

  const say = (value: Value) => {
    if (!doubt || !cell) return;
    const name = byId.get(doubt.label)?.name ?? "label";
    marking.mark(doubt.image, cell, value, `${name}, doubted`);
    setDone((before) => new Map([...before, [nameOf(doubt), value]]));
    announce(`${name}: ${STATE_WORDS[stateOfValue(value)]}, ${value === doubt.value ? "confirmed" : "flipped"}`);
    go(1);
  };
  /** Show what became of a doubt that was taken back or said again. */
  const turned = (act: Act | null, isBack: boolean) => {
    const effect = act?.effects[0];
    if (!effect) return;
    const name = nameOf(effect);
    setDone((before) => {
      const others = [...before].filter(([key]) => key !== name);
      return new Map(isBack ? others : [...others, [name, effect.value]]);
    });
    const place = doubts.findIndex((one) => nameOf(one) === name);
    if (place >= 0) setAt(place);
    void imageChanged(queries, project, effect.image);
  };
  return {
    /** The one that is open; its place among all. */
    doubt,
    at,
    /** What was said of each, by `nameOf`. */
    done,
    labels: byId,
    picture: detail.data,
    canSay: cell !== undefined,
    acts: {
      go,
      goTo: setAt,
      confirm: () => doubt && say(doubt.value as Value),
      flip: () => doubt && say(doubt.value === 1 ? -1 : 1),
      undo: () => void marking.undo().then((act) => turned(act, true)),
      redo: () => void marking.redo().then((act) => turned(act, false)),
    },
  };
}

export type Doubts = ReturnType<typeof useDoubts>;
